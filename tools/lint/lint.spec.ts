import { join } from 'node:path';
import { ESLint } from 'eslint';
import { describe, expect, it } from 'vitest';
import { importProblem, LAYERS } from './layers.mjs';

const root = join(import.meta.dirname, '../..');
// Rules about types need files on disk; what is planted here is text, so type information is left out.
const eslint = new ESLint({
  cwd: root,
  overrideConfig: { languageOptions: { parserOptions: { projectService: false } } },
  ruleFilter: ({ ruleId }) => !ruleId.startsWith('@typescript-eslint/'),
});

async function messages(path: string, code: string): Promise<string[]> {
  const results = await eslint.lintText(code, { filePath: join(root, path) });
  return results.flatMap((result) => result.messages).map(({ ruleId, message }) => `${ruleId}: ${message}`);
}

describe('the lint configuration', () => {
  it.each([
    [
      'libs/losses/src/x.ts',
      "import { train } from '@fovea/train';\ntrain();",
      'fovea/layers',
      'lower layer',
    ],
    [
      'libs/losses/src/x.ts',
      "import { crop } from '@fovea/augment';\ncrop();",
      'fovea/layers',
      'lower layer',
    ],
    [
      'libs/results/src/x.ts',
      "import { tf } from '@fovea/tensorflow';\ntf();",
      'fovea/layers',
      'lower layer',
    ],
    [
      'libs/losses/src/x.ts',
      "import { a } from '@fovea/losses';\na();",
      'fovea/layers',
      'must not import itself',
    ],
    [
      'libs/losses/src/x.ts',
      "import { a } from '@fovea/files/src/digest.ts';\na();",
      'fovea/layers',
      'only door',
    ],
    [
      'libs/losses/src/x.ts',
      "import { a } from '../../files/src/index.ts';\na();",
      'fovea/layers',
      'leaves libs/losses',
    ],
    [
      'libs/losses/src/x.ts',
      "import { a } from '../../../tools/nx/plugin.mjs';\na();",
      'fovea/layers',
      'tools never',
    ],
    ['libs/losses/src/x.ts', "export * from '@fovea/train';", 'fovea/layers', 'lower layer'],
    ['libs/losses/src/x.ts', "await import('@fovea/train');", 'fovea/layers', 'lower layer'],
    ['libs/losses/src/x.ts', "export type A = import('@fovea/train').A;", 'fovea/layers', 'lower layer'],
    ['libs/losses/src/x.ts', "import { a } from '@fovea/unknown';\na();", 'fovea/layers', 'in no layer'],
    [
      'experiments/x.ts',
      "import { a } from '../libs/files/src/index.ts';\na();",
      'fovea/layers',
      'leaves experiments',
    ],
    [
      'tools/x.ts',
      "import { a } from '../libs/files/src/index.ts';\na();",
      'fovea/layers',
      'by its package name',
    ],
    [
      'libs/losses/src/x.ts',
      "import * as tf from '@tensorflow/tfjs';\ntf();",
      'fovea/layers',
      'one TensorFlow',
    ],
    ['libs/losses/src/x.ts', "require('@tensorflow/tfjs-node');", 'fovea/layers', 'one TensorFlow'],
    ['libs/losses/src/x.ts', 'Math.random();', 'fovea/no-unkeyed-random', 'Math.random'],
    ['libs/losses/src/x.spec.ts', "Math['random']();", 'fovea/no-unkeyed-random', 'Math.random'],
    ['notebooks/bam/bam.ts', 'Math.random();', 'fovea/no-unkeyed-random', 'Math.random'],
    ['libs/losses/src/x.ts', 'const { random } = Math;\nrandom();', 'fovea/no-unkeyed-random', 'Math.random'],
    ['libs/losses/src/x.ts', 'tf.randomUniform([2]);', 'fovea/no-unkeyed-random', 'tf.randomUniform'],
    ['libs/losses/src/x.ts', 'tf.randomNormal([2]);', 'fovea/no-unkeyed-random', 'tf.randomNormal'],
    [
      'libs/losses/src/x.ts',
      'tf.randomStandardNormal([2]);',
      'fovea/no-unkeyed-random',
      'tf.randomStandardNormal',
    ],
    ['libs/losses/src/x.ts', 'tf.truncatedNormal([2]);', 'fovea/no-unkeyed-random', 'tf.truncatedNormal'],
    ['libs/losses/src/x.ts', 'tf.util.shuffle([2]);', 'fovea/no-unkeyed-random', 'tf.shuffle'],
    ['libs/losses/src/x.ts', 'const { dropout } = tf;\ndropout();', 'fovea/no-unkeyed-random', 'tf.dropout'],
    ['libs/tensorflow/src/x.ts', 'tf.randomUniform([2]);', 'fovea/no-unkeyed-random', 'tf.randomUniform'],
    ['libs/losses/src/x.ts', "process.chdir('/');", 'no-restricted-properties', 'workspaceRoot()'],
    ['libs/losses/src/x.ts', 'console.log(1);', 'no-console', 'Unexpected console'],
  ])('in %s refuses %s', async (path, code, rule, words) => {
    const found = await messages(path, code);
    expect(found.filter((line) => line.startsWith(`${rule}: `) && line.includes(words))).toHaveLength(1);
  });

  it.each([
    ['libs/train/src/x.ts', "import { a } from '@fovea/losses';\na();"],
    ['libs/losses/src/x.ts', "import type { Tensor } from '@tensorflow/tfjs';\nexport type A = Tensor;"],
    ['libs/tensorflow/src/x.ts', "import * as tf from '@tensorflow/tfjs';\ntf.sum();"],
    ['libs/tensorflow/src/random.ts', 'export const f = () => tf.randomUniform([2]);'],
    ['libs/losses/src/x.ts', "import { uniform } from './uniform.ts';\nuniform.random();"],
    ['tools/cli/src/x.ts', "import { a } from '@fovea/experiments';\nconsole.log(a);"],
    ['tools/setup/x.mjs', "import { a } from '../../libs/files/src/cache-directory.mjs';\na();"],
  ])('in %s allows %s', async (path, code) => {
    expect((await messages(path, code)).filter((line) => !line.startsWith('no-undef'))).toEqual([]);
  });
});

describe('the table of layers', () => {
  it('names every library once', () => {
    expect(new Set(LAYERS.flat()).size).toBe(LAYERS.flat().length);
  });
  it('lets no library import one of its own row or below', () => {
    const rows = LAYERS.map((names) => names.filter((name) => name !== 'cli' && name !== 'experiments'));
    for (const [i, importers] of rows.entries()) {
      for (const [j, imported] of rows.entries()) {
        for (const from of importers) {
          for (const to of imported) {
            if (from === to) continue;
            expect(importProblem(`libs/${from}/src/x.ts`, `@fovea/${to}`) === undefined).toBe(j < i);
          }
        }
      }
    }
  });
});
