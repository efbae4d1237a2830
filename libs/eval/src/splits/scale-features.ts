/**
 * How features are scaled before a probe: as they are, each row to unit length, or each column to mean 0 and standard deviation 1
 * with the train split's own statistics.
 */
export type FeatureScale = 'raw' | 'l2' | 'standardised';

const EPSILON = 1e-12; // smallest length a row is divided by, as in the peers' normalize

/**
 * Scales train features, and any number of others by what was learned from train alone.
 *
 * `l2`: x / max(|x|, 1e-12). `standardised`: (x - mean) / sd with the biased sd; columns that are constant on train become 0.
 *
 * @param train - [N, D]
 * @param others - [?, D] each; never influence the scaling
 * @returns new arrays in the order given, train first
 */
export function scaleFeatures(
  scale: FeatureScale,
  D: number,
  train: Float32Array,
  ...others: Float32Array[]
): Float32Array[] {
  const all = [train, ...others];
  if (scale === 'raw') return all.map((features) => features.slice());
  if (scale === 'l2') return all.map((features) => new Float32Array(l2NormalizeRows(features, D)));
  const { mean, deviation } = columnStatistics(train, D);
  return all.map((features) => standardised(features, mean, deviation));
}

/** Rows divided by max(their length, 1e-12), in double precision. */
export function l2NormalizeRows(features: Float32Array, D: number): Float64Array {
  const unit = new Float64Array(features.length);
  for (let start = 0; start < features.length; start += D) {
    let sum = 0;
    for (let at = start; at < start + D; at++) sum += features[at] * features[at];
    const length = Math.max(Math.sqrt(sum), EPSILON);
    for (let at = start; at < start + D; at++) unit[at] = features[at] / length;
  }
  return unit;
}

function standardised(features: Float32Array, mean: Float64Array, deviation: Float64Array): Float32Array {
  const D = mean.length;
  const scaled = new Float32Array(features.length);
  for (let start = 0; start < features.length; start += D) {
    for (let d = 0; d < D; d++) {
      if (deviation[d] > 0) scaled[start + d] = (features[start + d] - mean[d]) / deviation[d];
    }
  }
  return scaled;
}

function columnStatistics(
  features: Float32Array,
  D: number,
): { mean: Float64Array; deviation: Float64Array } {
  const N = features.length / D;
  const mean = new Float64Array(D);
  for (let row = 0, at = 0; row < N; row++) {
    for (let d = 0; d < D; d++, at++) mean[d] += features[at] / N;
  }
  const deviation = new Float64Array(D);
  for (let row = 0, at = 0; row < N; row++) {
    for (let d = 0; d < D; d++, at++) {
      const distance = features[at] - mean[d];
      deviation[d] += (distance * distance) / N;
    }
  }
  // Rounding of the mean leaves a constant column with a deviation near 1e-16 of its size; dividing by that would make noise.
  const floor = (column: number) => 1e-12 * Math.max(1e-12, Math.abs(mean[column]));
  return {
    mean,
    deviation: deviation.map((variance, column) => {
      const sd = Math.sqrt(variance);
      return sd > floor(column) ? sd : 0;
    }),
  };
}
