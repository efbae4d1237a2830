import { Stream, type Key } from '@fovea/random';
import { checkPairs } from './check-sample.ts';

const EXACT_UP_TO = 24; // pairs: two lists of 4,096 half sums
const ROUNDING = 1e-12; // sums this close, relative to their size, count as equal

/** Random sign patterns, for more pairs than can be enumerated. */
export interface PermutationDraws {
  readonly resamples: number;
  readonly key: Key;
}

/**
 * Paired permutation test of mean(a - b) = 0 by flipping the signs of the differences, two-sided.
 *
 * Up to 24 pairs every sign pattern counts and p is exact: share of patterns with |mean| at least as large as observed; the smallest p
 * that n pairs can give is 2^(1-n), so 5 seeds never reach 0.05. Beyond, `draws` is needed and p = (hits + 1) / (resamples + 1).
 *
 * @returns difference of means, p, and whether p is exact
 * @throws Error when p cannot be exact and no draws are given, or draws are given that would not be used
 */
export function pairedPermutationTest(
  a: ArrayLike<number>,
  b: ArrayLike<number>,
  draws?: PermutationDraws,
): { readonly difference: number; readonly p: number; readonly exact: boolean } {
  checkPairs(a, b, 1, 'pairedPermutationTest');
  const differences = Float64Array.from(a, (value, at) => value - b[at]);
  const n = differences.length;
  const exact = n <= EXACT_UP_TO;
  if (exact !== (draws === undefined)) {
    throw new Error(
      `pairedPermutationTest: ${n} pairs are ${exact ? 'enumerated, so draws would be ignored: leave them out' : 'too many to enumerate: give draws'}.`,
    );
  }
  const observed = differences.reduce((sum, value) => sum + value, 0);
  const size = differences.reduce((sum, value) => sum + Math.abs(value), 0);
  const limit = Math.abs(observed) - ROUNDING * size;
  const p = draws === undefined ? shareAtLeast(differences, limit) : drawnShare(differences, limit, draws);
  return { difference: observed / n, p, exact };
}

/** Share of all sign patterns whose |sum| >= limit. */
function shareAtLeast(differences: Float64Array, limit: number): number {
  const half = differences.length >> 1;
  const left = signedSums(differences.subarray(0, half)).sort();
  const right = signedSums(differences.subarray(half)).sort();
  let hits = 0;
  // Sums s + t >= limit, as t runs up the first s that fits runs down; those <= -limit are as many, by symmetry.
  let first = left.length;
  for (const t of right) {
    while (first > 0 && left[first - 1] + t >= limit) first--;
    hits += left.length - first;
  }
  const total = left.length * right.length;
  return limit <= 0 ? 1 : Math.min(1, (2 * hits) / total);
}

function signedSums(values: Float64Array): Float64Array {
  const sums = new Float64Array(2 ** values.length);
  for (let pattern = 0; pattern < sums.length; pattern++) {
    for (let at = 0; at < values.length; at++)
      sums[pattern] += (pattern >> at) & 1 ? values[at] : -values[at];
  }
  return sums;
}

function drawnShare(differences: Float64Array, limit: number, { resamples, key }: PermutationDraws): number {
  const draw = new Stream(key);
  let hits = 0;
  for (let round = 0; round < resamples; round++) {
    let sum = 0;
    for (let at = 0; at < differences.length; at++)
      sum += draw.bits() & 1 ? differences[at] : -differences[at];
    if (Math.abs(sum) >= limit) hits++;
  }
  return (hits + 1) / (resamples + 1);
}
