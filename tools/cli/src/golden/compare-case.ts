import { tf, type Tensor } from '@fovea/tensorflow';
import type { GoldenResult, GoldenTensor, GoldenValue } from './adapter.ts';
import type { GoldenCase, GoldenExpected } from './read-golden-file.ts';

/** Relative part of the tolerance, the same for every float tensor. */
export const relativeTolerance = 1e-5;

/**
 * Compares what an adapter returned with a case: |ours - golden| <= atol + 1e-5 |golden|, integers and booleans exactly.
 *
 * The detail names the entry that comes closest to its limit, or what is missing or too far off.
 */
export function compareCase(
  goldenCase: GoldenCase,
  result: GoldenResult,
): { passed: boolean; detail: string } {
  const worst = { ratio: -1, error: 0, allowed: 0 };
  const faults: string[] = [];
  const compare = (
    kind: 'output' | 'gradient',
    expected: Readonly<Record<string, GoldenExpected>>,
    actual: Readonly<Record<string, GoldenValue>>,
  ): void => {
    for (const [name, golden] of Object.entries(expected)) {
      const label = kind === 'output' ? name : `d loss / d ${name}`;
      if (actual[name] === undefined) {
        faults.push(`${label} was not returned`);
        continue;
      }
      const ours = read(actual[name], golden.shape);
      if (
        ours.shape.length !== golden.shape.length ||
        ours.shape.some((size, axis) => size !== golden.shape[axis])
      ) {
        faults.push(`${label} has shape [${ours.shape.join(', ')}], golden [${golden.shape.join(', ')}]`);
        continue;
      }
      const bound = kind === 'output' && golden.dtype === 'uint8' ? result.bounds?.[name] : undefined;
      const entry = worstEntry(ours.data, golden, bound);
      if (entry.ratio > worst.ratio) Object.assign(worst, entry);
      if (!(entry.ratio <= 1)) {
        faults.push(
          `${label}[${entry.index}] is ${show(ours.data[entry.index])}, golden ${show(golden.data[entry.index])}`,
        );
      }
    }
  };
  compare('output', goldenCase.outputs, result.outputs);
  compare('gradient', goldenCase.gradients, result.gradients ?? {});
  const bounded = Object.keys(result.bounds ?? {}).length > 0 ? ', bounded' : '';
  const measured =
    worst.ratio < 0
      ? 'nothing compared'
      : `max error ${worst.error.toExponential(1)} (allowed ${worst.allowed.toExponential(1)}${bounded})`;
  return { passed: faults.length === 0, detail: [measured, ...faults].join('; ') };
}

function worstEntry(
  ours: ArrayLike<number>,
  golden: GoldenExpected,
  bound: number | undefined,
): { index: number; ratio: number; error: number; allowed: number } {
  let worst = {
    index: 0,
    ratio: 0,
    error: 0,
    allowed: golden.dtype === 'float32' ? golden.atol : (bound ?? 0),
  };
  golden.data.forEach((expected, index) => {
    const error = difference(ours[index], expected);
    const allowed =
      golden.dtype === 'float32'
        ? golden.atol + relativeTolerance * (Number.isFinite(expected) ? Math.abs(expected) : 0)
        : (bound ?? 0);
    const ratio = error === 0 ? 0 : error / allowed;
    if (ratio > worst.ratio) worst = { index, ratio, error, allowed };
  });
  return worst;
}

/** 0 for equal values, NaN and infinities included; Infinity where one of the two is not finite and they differ. */
function difference(a: number, b: number): number {
  if (Object.is(a, b) || a === b) return 0;
  const distance = Math.abs(a - b);
  return Number.isNaN(distance) ? Infinity : distance;
}

function read(
  value: GoldenValue,
  expectedShape: readonly number[],
): { shape: readonly number[]; data: ArrayLike<number> } {
  if (value instanceof tf.Tensor)
    return { shape: (value as Tensor).shape, data: (value as Tensor).dataSync() };
  if (typeof value === 'number' || typeof value === 'boolean') return { shape: [], data: [Number(value)] };
  if ('data' in value && 'shape' in value) return value as GoldenTensor;
  const data = Array.from(value as ArrayLike<number | boolean>, Number);
  const size = expectedShape.reduce((product, length) => product * length, 1);
  return { shape: data.length === size ? expectedShape : [data.length], data };
}

function show(value: number): string {
  return Number.isInteger(value) ? String(value) : value.toPrecision(7);
}
