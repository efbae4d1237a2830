import type { TTestResult } from './paired-t-test.ts';
import { studentTwoSided } from './student-t.ts';
import { summary } from './summary.ts';

/**
 * Welch's t-test of two independent samples with unequal variances, two-sided.
 *
 * @throws Error when neither sample has any spread
 */
export function welchTTest(a: ArrayLike<number>, b: ArrayLike<number>): TTestResult {
  const [first, second] = [summary(a), summary(b)];
  const [va, vb] = [first.sem ** 2, second.sem ** 2];
  if (va + vb === 0)
    throw new Error('welchTTest: all values of a are equal, and all of b; a t-test needs a spread.');
  const t = (first.mean - second.mean) / Math.sqrt(va + vb);
  const df = (va + vb) ** 2 / (va ** 2 / (first.n - 1) + vb ** 2 / (second.n - 1));
  return { t, df, p: studentTwoSided(t, df) };
}
