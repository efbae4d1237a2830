import { Stream, type Key } from '@fovea/random';
import { checkConfidence } from './check-confidence.ts';
import { checkSample } from './check-sample.ts';
import { normalCdf, normalQuantile } from './normal.ts';

export interface BootstrapOptions {
  readonly confidence: number;
  readonly resamples: number;
  /** `percentile`: quantiles of the resampled statistic. `bca`: bias-corrected and accelerated (Efron 1987). */
  readonly method: 'percentile' | 'bca';
  /** Draws the resamples. */
  readonly key: Key;
  /** What is estimated; must not keep its argument, which is reused. */
  readonly statistic: (sample: Float64Array) => number;
}

/**
 * Bootstrap confidence interval of a statistic of one sample (for a paired comparison: of the differences).
 *
 * Quantiles interpolate linearly, as NumPy's default does. Same key, same interval.
 *
 * @throws Error for fewer than two values, and for `bca` where all values or all leave-one-out statistics are equal
 *
 * @example
 * bootstrapInterval([1.2, 0.4, 0.9], { confidence: 0.95, resamples: 10_000, method: 'percentile', key: key(0), statistic: mean });
 */
export function bootstrapInterval(
  values: ArrayLike<number>,
  options: BootstrapOptions,
): { readonly low: number; readonly high: number } {
  const { confidence, resamples, method, key, statistic } = options;
  checkSample(values, 2, 'bootstrapInterval');
  checkConfidence(confidence, 'bootstrapInterval');
  if (!Number.isInteger(resamples) || resamples < 1) {
    throw new Error(`bootstrapInterval: resamples must be an integer >= 1, got ${resamples}.`);
  }

  const draw = new Stream(key);
  const sample = new Float64Array(values.length);
  const distribution = Float64Array.from({ length: resamples }, () => {
    for (let at = 0; at < sample.length; at++) sample[at] = values[draw.integer(0, sample.length)];
    return statistic(sample);
  }).sort();
  const tail = (1 - confidence) / 2;
  const levels =
    method === 'bca' ? bcaLevels(Float64Array.from(values), distribution, statistic, tail) : [tail, 1 - tail];
  const [low, high] = levels.map((level) => quantile(distribution, level));
  return { low, high };
}

/** Mean of a sample, the usual `statistic`. */
export function mean(sample: Float64Array): number {
  let sum = 0;
  for (const value of sample) sum += value;
  return sum / sample.length;
}

function bcaLevels(
  values: Float64Array,
  distribution: Float64Array,
  statistic: (sample: Float64Array) => number,
  tail: number,
): number[] {
  const observed = statistic(values);
  const below = distribution.filter((value) => value < observed).length;
  const upTo = distribution.filter((value) => value <= observed).length;
  const share = (below + upTo) / (2 * distribution.length);
  const left = Float64Array.from(values, (_, out) => statistic(values.filter((_value, at) => at !== out)));
  const centre = mean(left);
  const squares = left.reduce((sum, value) => sum + (centre - value) ** 2, 0);
  if (squares === 0 || share === 0 || share === 1) {
    throw new Error(
      "bootstrapInterval: 'bca' is undefined where the statistic does not vary; use 'percentile'.",
    );
  }
  const bias = normalQuantile(share);
  const acceleration = left.reduce((sum, value) => sum + (centre - value) ** 3, 0) / (6 * squares ** 1.5);
  return [tail, 1 - tail].map((level) => {
    const z = bias + normalQuantile(level);
    return normalCdf(bias + z / (1 - acceleration * z));
  });
}

function quantile(sorted: Float64Array, level: number): number {
  const at = level * (sorted.length - 1);
  const low = Math.floor(at);
  const high = Math.min(low + 1, sorted.length - 1);
  return sorted[low] + (at - low) * (sorted[high] - sorted[low]);
}
