import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { workspaceRoot } from '@fovea/files';

interface GoldenTensor {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly data: readonly (number | string)[];
  readonly atol?: number;
}

/** One golden case: inputs and outputs by name, options as they stand in the file. */
export interface GoldenCase {
  readonly name: string;
  readonly options: Readonly<Record<string, number>>;
  readonly inputs: Readonly<Record<string, GoldenTensor>>;
  readonly outputs: Readonly<Record<string, GoldenTensor>>;
}

const FOLDER = join(dirname(workspaceRoot()), 'shared', 'golden');

/** True where this checkout has the golden vectors beside it. */
export const hasGolden = existsSync(FOLDER);
if (!hasGolden) console.warn('golden vectors absent: their tests are skipped');

/** The cases of one golden file; none where the folder is absent. */
export function goldenCases(name: string): GoldenCase[] {
  if (!hasGolden) return [];
  return (JSON.parse(readFileSync(join(FOLDER, `${name}.json`), 'utf8')) as { cases: GoldenCase[] }).cases;
}

/** An input as float32. */
export function floats(test: GoldenCase, name: string): Float32Array {
  return Float32Array.from(test.inputs[name].data, Number);
}

/** An input as int32. */
export function integers(test: GoldenCase, name: string): Int32Array {
  return Int32Array.from(test.inputs[name].data, Number);
}

/** Entries of an output outside `atol + 1e-5 |golden|` (integers: not equal), as readable lines; empty when all agree. */
export function disagreements(test: GoldenCase, name: string, ours: ArrayLike<number>): string[] {
  const { data, dtype, atol = 0 } = test.outputs[name];
  if (data.length !== ours.length) return [`${name}: ${ours.length} numbers, golden has ${data.length}`];
  return data.flatMap((entry, at) => {
    const golden = Number(entry);
    const allowed = dtype === 'float32' ? atol + 1e-5 * Math.abs(golden) : 0;
    const close = Math.abs(ours[at] - golden) <= allowed;
    return close ? [] : [`${name}[${at}]: ${ours[at]}, golden ${golden}, allowed ${allowed}`];
  });
}
