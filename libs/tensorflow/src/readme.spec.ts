import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import * as random from '@fovea/random';
import ts from 'typescript';
import { expect, it } from 'vitest';
import * as tensorflow from './index.ts';

it('runs the example of the README', async () => {
  const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
  const block = /```ts\n([^]*?)```/.exec(readme)?.[1];
  expect(block).toBeDefined();
  const modules: Record<string, object> = {
    '@fovea/tensorflow': tensorflow,
    '@fovea/random': random,
    'node:assert/strict': { default: assert, __esModule: true },
  };
  const { outputText } = ts.transpileModule(String(block), {
    compilerOptions: { module: ts.ModuleKind.CommonJS, target: ts.ScriptTarget.ES2022 },
  });
  const run = new Function('require', 'exports', outputText) as (
    require: (name: string) => object,
    exports: object,
  ) => void;
  run((name) => modules[name], {});
});
