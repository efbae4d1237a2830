import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { tf } from '@fovea/tensorflow';
import { runGolden, type GoldenSummary } from './run-golden.ts';

const adapterText = `
export const adapters = [
  { function: 'double', run: ({ x }, { factor = 2 }) => ({
      outputs: { y: Array.from(x.data, (value) => factor * value) },
      gradients: { x: Array.from(x.data, () => factor) },
  }) },
  { function: 'sign', run: ({ x }) => ({ outputs: { positive: Array.from(x.data, (value) => value > 0) } }) },
  { function: 'broken', run: () => { throw new Error('broken: on purpose.'); } },
];`;

const golden = (changes: object = {}) => ({
  function: 'double',
  peer: 'by hand',
  cases: [
    {
      name: 'two numbers',
      inputs: { x: { dtype: 'float32', shape: [2], data: [1, -3] } },
      options: {},
      outputs: { y: { dtype: 'float32', shape: [2], data: [2, -6], atol: 1e-6 } },
      gradients: { x: { dtype: 'float32', shape: [2], data: [2, 2], atol: 1e-7 } },
      ...changes,
    },
  ],
});

describe('runGolden', () => {
  let folder: string;
  let adapterDirectory: string;
  const lines: string[] = [];
  const run = (options: { skipUnknown?: boolean } = {}): Promise<GoldenSummary> =>
    runGolden(folder, { ...options, adapterDirectory, write: (line) => void lines.push(line) });
  const put = (name: string, content: unknown) => {
    writeFileSync(join(folder, name), typeof content === 'string' ? content : JSON.stringify(content));
  };

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'fovea-golden-'));
    adapterDirectory = mkdtempSync(join(tmpdir(), 'fovea-adapters-'));
    writeFileSync(join(adapterDirectory, 'test.ts'), adapterText);
    lines.length = 0;
  });
  afterEach(() => {
    for (const directory of [folder, adapterDirectory]) rmSync(directory, { recursive: true });
  });

  it('prints a line a case and closes with the counts', async () => {
    put('double.json', golden());
    expect(await run()).toEqual({ passed: 1, failed: 0, skipped: 0 });
    expect(lines).toEqual([
      '✓ double / two numbers   max error 0.0e+0 (allowed 1.0e-6)',
      '1 passed, 0 failed',
    ]);
  });

  it('fails on a planted wrong value, in outputs and in gradients', async () => {
    put(
      'a.json',
      golden({ outputs: { y: { dtype: 'float32', shape: [2], data: [2, -6.001], atol: 1e-6 } } }),
    );
    put(
      'b.json',
      golden({ gradients: { x: { dtype: 'float32', shape: [2], data: [2, 2.001], atol: 1e-7 } } }),
    );
    expect(await run()).toEqual({ passed: 0, failed: 2, skipped: 0 });
    expect(lines[0]).toBe(
      '✗ double / two numbers   max error 1.0e-3 (allowed 6.1e-5); y[1] is -6, golden -6.001000',
    );
    expect(lines[1]).toContain('d loss / d x[1] is 2, golden 2.001000');
  });

  it('accepts exactly atol + 1e-5 of the golden value', async () => {
    const y = (last: number) => ({
      outputs: { y: { dtype: 'float32', shape: [2], data: [2, last], atol: 1e-3 } },
    });
    put('a.json', golden(y(-6.00105)));
    put('b.json', golden(y(-6.00107)));
    expect(await run()).toEqual({ passed: 1, failed: 1, skipped: 0 });
  });

  it('compares integers and booleans exactly', async () => {
    const positive = (data: unknown[]) => ({
      ...golden({ outputs: { positive: { dtype: 'bool', shape: [2], data } }, gradients: {} }),
      function: 'sign',
    });
    put('a.json', positive([1, 0]));
    put('b.json', positive([1, 1]));
    expect(await run()).toEqual({ passed: 1, failed: 1, skipped: 0 });
  });

  it('fails when our value is not finite or is missing, and accepts equal non-finite values', async () => {
    const inputs = { x: { dtype: 'float32', shape: [2], data: [1, 'NaN'] } };
    put('a.json', golden({ inputs }));
    put(
      'b.json',
      golden({ inputs, outputs: { y: { dtype: 'float32', shape: [2], data: [2, 'NaN'], atol: 0 } } }),
    );
    put('c.json', golden({ outputs: { z: { dtype: 'float32', shape: [], data: [0], atol: 0 } } }));
    expect(await run()).toEqual({ passed: 1, failed: 2, skipped: 0 });
    expect(lines[0]).toContain('y[1] is NaN, golden -6');
    expect(lines[2]).toContain('z was not returned');
  });

  it('fails an unknown function, and counts it as skipped when asked to', async () => {
    put('double.json', golden());
    put('mystery.json', { ...golden(), function: 'mystery' });
    expect(await run()).toEqual({ passed: 1, failed: 1, skipped: 0 });
    expect(lines[1]).toContain('✗ mystery   unknown function (1 case)');
    expect(await run({ skipUnknown: true })).toEqual({ passed: 1, failed: 0, skipped: 1 });
    expect(lines.at(-1)).toBe('1 passed, 0 failed, 1 skipped');
  });

  it('fails a case whose function throws, and goes on', async () => {
    put('a.json', { ...golden(), function: 'broken' });
    put('b.json', golden());
    expect(await run()).toEqual({ passed: 1, failed: 1, skipped: 0 });
    expect(lines[0]).toBe('✗ broken / two numbers   broken: on purpose.');
  });

  it.each([
    ['{"function": ', /^✗ bad\.json: not valid JSON: /],
    ['[]', /^✗ bad\.json: the file must be an object/],
    [{ cases: [] }, /^✗ bad\.json: function must be a non-empty string, got nothing\./],
    [{ function: 'double', cases: [] }, /^✗ bad\.json: cases must be a list of at least one case/],
    [golden({ outputs: {}, gradients: {} }), /cases\[0\]\.outputs is empty/],
    [golden({ inputs: undefined }), /cases\[0\]\.inputs must be an object, got nothing\./],
    [
      golden({ inputs: { x: { dtype: 'float64', shape: [], data: [1] } } }),
      /cases\[0\]\.inputs\.x\.dtype must be one of/,
    ],
    [
      golden({ inputs: { x: { dtype: 'int32', shape: [3], data: [1, 2] } } }),
      /x\.data must have 3 entries for shape \[3\], got 2/,
    ],
    [
      golden({ inputs: { x: { dtype: 'int32', shape: [1], data: [1.5] } } }),
      /x\.data\[0\] must be a whole number in \[-2147483648, 2147483647\] for int32, got 1\.5/,
    ],
    [
      golden({ outputs: { y: { dtype: 'float32', shape: [1], data: [null] } } }),
      /outputs\.y\.data\[0\] must be a number/,
    ],
    [
      golden({ outputs: { y: { dtype: 'float32', shape: [-1], data: [] } } }),
      /outputs\.y\.shape must be a list of whole numbers/,
    ],
    [
      golden({ outputs: { y: { dtype: 'float32', shape: [1], data: [1], atol: -1 } } }),
      /outputs\.y\.atol must be a number >= 0/,
    ],
    [golden({ gradients: { w: { dtype: 'float32', shape: [], data: [1] } } }), /gradients\.w names no input/],
  ])('names the file and the field of a malformed file (%#)', async (content, expected) => {
    put('bad.json', content);
    put('good.json', golden());
    expect(await run({ skipUnknown: true })).toEqual({ passed: 1, failed: 1, skipped: 0 });
    expect(lines[0]).toMatch(expected);
  });

  it('refuses a folder that is missing or empty, so that nothing compared is never a pass', async () => {
    await expect(run()).rejects.toThrow('holds no .json file; nothing was compared.');
    await expect(runGolden(join(folder, 'nowhere'))).rejects.toThrow('is not a folder');
  });

  it('reports an adapter file that does not load, or that repeats a function, and uses the others', async () => {
    writeFileSync(join(adapterDirectory, 'other.ts'), 'throw new Error("no such library");');
    writeFileSync(join(adapterDirectory, 'twice.ts'), adapterText);
    put('double.json', golden());
    expect(await run({ skipUnknown: true })).toEqual({ passed: 1, failed: 4, skipped: 0 });
    expect(lines[0]).toContain('adapters/other.ts did not load: no such library');
    expect(lines[1]).toContain("'double' already has an adapter");
  });

  it('leaves no tensor behind', async () => {
    put('double.json', golden());
    await run();
    const before = tf.memory().numTensors;
    await run();
    expect(tf.memory().numTensors).toBe(before);
  });
});
