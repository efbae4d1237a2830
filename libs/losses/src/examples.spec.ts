import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, vi } from 'vitest';
import { tf, type Tensor } from '@fovea/tensorflow';
import * as losses from './index.ts';

const source = dirname(fileURLToPath(import.meta.url));

/** The code of every `@example` of a file, and the number or list that its last comment begins with. */
function examplesOf(path: string): { code: string; expected: number[] }[] {
  const text = readFileSync(path, 'utf8');
  return Array.from(text.matchAll(/ \* @example\n((?: \* .*\n)+)/g), ([, block]) =>
    parse(block.replaceAll(/^ \* /gm, '')),
  );
}

/** Statements, and a last expression followed by `// value`, as a function body. */
function parse(example: string): { code: string; expected: number[] } {
  const lines = example.trim().split('\n');
  const [last, comment = ''] = (lines.pop() ?? '').split(' // ');
  const value = /^(\[.*\]|-?[\d.]+)/.exec(comment)?.[1] ?? 'null';
  return {
    code: [...lines, `return ${last}`].join('\n'),
    expected: [JSON.parse(value) as unknown].flat(Infinity) as number[],
  };
}

function run(code: string): number[] {
  const names = Object.keys(losses);
  // eslint-disable-next-line @typescript-eslint/no-implied-eval -- running the documentation is the point
  const body = new Function('tf', ...names, code) as (...values: unknown[]) => Tensor | number;
  const backend = tf.backend();
  const reads = vi.spyOn(backend, 'readSync').mockImplementation(() => {
    throw new Error('a tensor was read back, which a recorded step cannot do.');
  });
  const result = tf.tidy(() => body(tf, ...Object.values(losses)) as Tensor);
  reads.mockRestore();
  return typeof result === 'number' ? [result] : Array.from(result.dataSync());
}

function check(code: string, expected: number[]): void {
  const actual = run(code);
  expect(actual).toHaveLength(expected.length);
  actual.forEach((value, index) => {
    expect(value).toBeCloseTo(expected[index], 3);
  });
}

describe('examples', () => {
  const files = readdirSync(source, { recursive: true, encoding: 'utf8' }).filter(
    (name) => name.endsWith('.ts') && !name.endsWith('.spec.ts') && !name.startsWith('testing'),
  );

  it.each(files.flatMap((file) => examplesOf(join(source, file)).map((example) => ({ file, ...example }))))(
    'of $file gives the value it states and reads no tensor back',
    ({ code, expected }) => {
      check(code, expected);
    },
  );

  it('are there for every exported function of a file that has a loss', () => {
    const without = files.filter(
      (file) =>
        /^export function/m.test(readFileSync(join(source, file), 'utf8')) &&
        !file.startsWith('helpers') &&
        examplesOf(join(source, file)).length === 0,
    );
    expect(without).toEqual([]);
  });

  it('of the README gives the value it states', () => {
    const readme = readFileSync(join(source, '..', 'README.md'), 'utf8');
    const block = /```ts\n([^]*?)```/.exec(readme)?.[1] ?? '';
    const { code, expected } = parse(block.replaceAll(/^import .*\n/gm, ''));
    check(code, expected);
  });
});
