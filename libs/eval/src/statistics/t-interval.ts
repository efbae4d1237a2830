import { checkConfidence } from './check-confidence.ts';
import { studentCritical } from './student-t.ts';
import { summary } from './summary.ts';

/** Confidence interval of the mean by Student's t: mean ± t(confidence, n - 1) sem. */
export function tInterval(
  values: ArrayLike<number>,
  { confidence }: { readonly confidence: number },
): {
  readonly low: number;
  readonly high: number;
} {
  const { n, mean, sem } = summary(values);
  checkConfidence(confidence, 'tInterval');
  const half = studentCritical(confidence, n - 1) * sem;
  return { low: mean - half, high: mean + half };
}
