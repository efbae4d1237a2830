import { checkPairs } from './check-sample.ts';
import { normalCdf } from './normal.ts';
import { ranks } from './ranks.ts';

const EXACT_UP_TO = 50; // pairs; beyond, the normal approximation

/**
 * Wilcoxon signed-rank test of the pairs a, b, two-sided.
 *
 * Pairs without a difference are left out (Wilcoxon's own rule); tied differences share their average rank. Up to 50 pairs the p-value is exact, with ties
 * as well: the distribution over all sign patterns of the ranks at hand. Beyond, normal approximation with the variance corrected for ties.
 *
 * @returns W = min(W+, W-) and p
 * @throws Error when no pair differs
 * @see SciPy wilcoxon; it turns to the normal approximation for ties among more than 13 pairs, where this stays exact
 */
export function wilcoxon(
  a: ArrayLike<number>,
  b: ArrayLike<number>,
): { readonly W: number; readonly p: number } {
  checkPairs(a, b, 1, 'wilcoxon');
  const differences = Array.from(a, (value, at) => value - b[at]).filter((difference) => difference !== 0);
  const n = differences.length;
  if (n === 0) throw new Error(`wilcoxon: none of the ${a.length} pairs differs.`);
  const { ranks: rank, ties } = ranks(differences.map(Math.abs));
  const plus = differences.reduce((sum, difference, at) => sum + (difference > 0 ? rank[at] : 0), 0);
  const W = Math.min(plus, (n * (n + 1)) / 2 - plus);
  if (n <= EXACT_UP_TO) return { W, p: Math.min(1, 2 * probabilityUpTo(W, rank)) };
  const variance =
    (n * (n + 1) * (2 * n + 1)) / 24 - ties.reduce((sum, size) => sum + size ** 3 - size, 0) / 48;
  return { W, p: Math.min(1, 2 * normalCdf((W - (n * (n + 1)) / 4) / Math.sqrt(variance))) };
}

/** P(W+ <= limit) when each rank carries either sign with probability 1/2; doubled ranks are integers. */
function probabilityUpTo(limit: number, rank: Float64Array): number {
  const total = rank.reduce((sum, value) => sum + 2 * value, 0);
  const probability = new Float64Array(total + 1);
  probability[0] = 1;
  for (const value of rank) {
    const step = 2 * value;
    for (let at = total; at >= 0; at--) {
      probability[at] = 0.5 * (probability[at] + (at >= step ? probability[at - step] : 0));
    }
  }
  return probability.subarray(0, 2 * limit + 1).reduce((sum, value) => sum + value, 0);
}
