import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import * as saliency from './index.ts';

it('runs the example of the README', async () => {
  const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
  const block = /```ts\n([^]*?)```/.exec(readme)?.[1];
  expect(block).toBeDefined();
  const modules = { '@fovea/saliency': saliency, 'node:assert/strict': assert };
  const body = String(block).replaceAll(
    /import (\{[^}]*\}|\w+) from '([^']*)';/g,
    (_, names: string, from: string) => `const ${names} = modules['${from}'];`,
  );
  const run = Object.getPrototypeOf(async () => undefined) as {
    constructor: new (...args: string[]) => (modules: object) => Promise<void>;
  };
  await new run.constructor('modules', body)(modules);
});
