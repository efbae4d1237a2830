import { checkPairs } from './check-sample.ts';
import { summary } from './summary.ts';

/**
 * Pearson's correlation coefficient, in [-1, 1].
 *
 * @throws Error when one of the two is constant
 */
export function pearson(a: ArrayLike<number>, b: ArrayLike<number>): number {
  checkPairs(a, b, 2, 'pearson');
  const [first, second] = [summary(a), summary(b)];
  if (first.sd === 0 || second.sd === 0) {
    throw new Error(
      `pearson: all values of ${first.sd === 0 ? 'a' : 'b'} are equal; a constant has no correlation.`,
    );
  }
  let sum = 0;
  for (let at = 0; at < a.length; at++) {
    sum += ((a[at] - first.mean) / first.sd) * ((b[at] - second.mean) / second.sd);
  }
  return Math.max(-1, Math.min(1, sum / (a.length - 1)));
}
