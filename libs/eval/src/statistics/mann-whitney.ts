import { checkSample } from './check-sample.ts';
import { normalCdf } from './normal.ts';
import { ranks } from './ranks.ts';

/**
 * Mann-Whitney U test of two independent samples, two-sided.
 *
 * Without ties p is exact; with ties it is the normal approximation with tie and continuity correction, as in SciPy.
 *
 * @returns U of the first sample (number of pairs in which a is larger, ties one half) and p
 * @throws Error when all values are equal
 */
export function mannWhitney(
  a: ArrayLike<number>,
  b: ArrayLike<number>,
): { readonly U: number; readonly p: number } {
  checkSample(a, 1, 'mannWhitney: a');
  checkSample(b, 1, 'mannWhitney: b');
  const [n, m] = [a.length, b.length];
  const { ranks: rank, ties } = ranks([...Array.from(a), ...Array.from(b)]);
  if (ties.length === 1)
    throw new Error(`mannWhitney: all ${n + m} values are ${a[0]}; there is nothing to rank.`);
  const U = rank.subarray(0, n).reduce((sum, value) => sum + value, 0) - (n * (n + 1)) / 2;
  const larger = Math.max(U, n * m - U);
  if (ties.every((size) => size === 1))
    return { U, p: Math.min(1, 2 * probabilityUpTo(n * m - larger, n, m)) };
  const N = n + m;
  const tied = ties.reduce((sum, size) => sum + size ** 3 - size, 0);
  const sd = Math.sqrt(((n * m) / 12) * (N + 1 - tied / (N * (N - 1))));
  return { U, p: Math.min(1, 2 * normalCdf(-(larger - (n * m) / 2 - 0.5) / sd)) };
}

/** P(U <= limit) for samples of n and m without ties: ways[i][u] over i of the n values merged so far, as probabilities. */
function probabilityUpTo(limit: number, n: number, m: number): number {
  // Counts of subsets of size i among the first k ranks with rank sum u + i(i+1)/2, by the Gaussian binomial recurrence.
  let rows = Array.from({ length: n + 1 }, () => new Float64Array(n * m + 1));
  rows[0][0] = 1;
  for (let k = 1; k <= n + m; k++) {
    const next = rows.map((row) => row.slice());
    for (let i = 1; i <= Math.min(k, n); i++) {
      const shift = k - i; // values of b below the new value of a
      if (shift > m) continue;
      for (let u = shift; u <= n * m; u++) next[i][u] += rows[i - 1][u - shift];
    }
    rows = next;
  }
  const counts = rows[n];
  const sum = (values: Float64Array): number => values.reduce((total, value) => total + value, 0);
  return sum(counts.subarray(0, limit + 1)) / sum(counts);
}
