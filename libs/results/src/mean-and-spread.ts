/**
 * Mean and sample standard deviation: sd = sqrt(sum (x - mean)^2 / (n - 1)), 0 for one value.
 *
 * @throws RangeError when there is no value
 */
export function meanAndSpread(values: readonly number[]): { mean: number; sd: number; n: number } {
  const n = values.length;
  if (n === 0) throw new RangeError('meanAndSpread: values must not be empty.');
  const mean = values.reduce((sum, x) => sum + x, 0) / n;
  const sd = n === 1 ? 0 : Math.sqrt(values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / (n - 1));
  return { mean, sd, n };
}
