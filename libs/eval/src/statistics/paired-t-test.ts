import { checkPairs } from './check-sample.ts';
import { studentTwoSided } from './student-t.ts';
import { summary } from './summary.ts';

export interface TTestResult {
  readonly t: number;
  readonly df: number;
  /** Two-sided. */
  readonly p: number;
}

/**
 * Paired t-test of a against b: t = mean(a - b) / sem(a - b), two-sided p; `d` is Cohen's d of the differences, mean / sd.
 *
 * @throws Error when all differences are equal, so that they have no spread to compare with
 */
export function pairedTTest(
  a: ArrayLike<number>,
  b: ArrayLike<number>,
): TTestResult & { readonly d: number } {
  checkPairs(a, b, 2, 'pairedTTest');
  const { n, mean, sd, sem } = summary(Float64Array.from(a, (value, at) => value - b[at]));
  if (sd === 0) throw new Error(`pairedTTest: all ${n} differences are ${mean}; a t-test needs a spread.`);
  const t = mean / sem;
  return { t, df: n - 1, p: studentTwoSided(t, n - 1), d: mean / sd };
}
