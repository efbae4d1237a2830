import { checkSample } from './check-sample.ts';

export interface Summary {
  readonly n: number;
  readonly mean: number;
  /** Standard deviation with n - 1 in the denominator. */
  readonly sd: number;
  /** Standard error of the mean, sd / sqrt(n). */
  readonly sem: number;
}

/**
 * Mean, standard deviation (n - 1) and standard error, in double precision.
 *
 * @throws Error for fewer than two values: one seed has no spread
 *
 * @example
 * summary([90.1, 90.5, 89.9]).mean; // 90.1666…
 */
export function summary(values: ArrayLike<number>): Summary {
  checkSample(values, 2, 'summary');
  const n = values.length;
  let mean = 0;
  for (let at = 0; at < n; at++) mean += values[at] / n;
  let squares = 0;
  for (let at = 0; at < n; at++) squares += (values[at] - mean) ** 2;
  const sd = Math.sqrt(squares / (n - 1));
  return { n, mean, sd, sem: sd / Math.sqrt(n) };
}
