import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import * as random from '@fovea/random';
import { expect, it } from 'vitest';
import * as augment from './index.ts';

it('runs the example of the README', async () => {
  const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
  const block = /```ts\n([^]*?)```/.exec(readme)?.[1];
  expect(block).toBeDefined();
  const modules = {
    '@fovea/augment': augment,
    '@fovea/random': random,
    'node:assert/strict': { default: assert, ...assert },
  };
  const body = String(block).replaceAll(
    /import (\{[^}]*\}|\w+) from '([^']*)';/g,
    (_, names: string, from: string) =>
      names.startsWith('{')
        ? `const ${names} = modules['${from}'];`
        : `const ${names} = modules['${from}'].default;`,
  );
  const run = Object.getPrototypeOf(async () => undefined) as {
    constructor: new (...args: string[]) => (m: object) => Promise<void>;
  };
  await new run.constructor('modules', body)(modules);
});
