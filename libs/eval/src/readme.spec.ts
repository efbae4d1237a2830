import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import * as library from './index.ts';

it('runs the example of the README', async () => {
  const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
  const example = readme.split('```ts\n')[1]?.split('```')[0];
  expect(example).toContain("from '@fovea/eval'");
  const body = example
    .replace("import assert from 'node:assert/strict';", '')
    .replace(/import (\{.*?\}) from '@fovea\/eval';/s, 'const $1 = library;');
  expect(body).not.toContain('import ');
  const { constructor: AsyncFunction } = Object.getPrototypeOf(async () => Promise.resolve()) as {
    constructor: new (
      ...parts: string[]
    ) => (assertions: typeof assert, module: typeof library) => Promise<void>;
  };
  await new AsyncFunction('assert', 'library', body)(assert, library);
});
