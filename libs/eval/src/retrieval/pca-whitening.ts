import { checkMatrix } from '../splits/feature-splits.ts';

/** Projection that whitens features. */
export interface PcaWhitening {
  /** [D] */
  readonly mean: Float64Array;
  /** [K, D], rows v_k / lambda_k^exponent by falling lambda. */
  readonly projection: Float64Array;
}

/**
 * PCA whitening learned from external features: `z = diag(lambda^-exponent) V^T (x - mean)`, in double precision.
 *
 * The eigenvectors of the biased covariance come from cyclic Jacobi rotations: D^3 operations a sweep, seconds for 500 columns, minutes for 1,500.
 *
 * @param features - [N, D] of images that are neither queries nor bank (DINO: 20,000)
 * @param options.components - K, largest first, at most D
 * @param options.exponent - 0.5 whitens fully (DINO), 0 rotates alone
 * @throws Error for NaN (with its row), components out of range, fewer directions with spread than components
 * @see DINO eval_copy_detection.py
 */
export function pcaWhitening(
  features: Float32Array,
  N: number,
  { components, exponent }: { readonly components: number; readonly exponent: number },
): PcaWhitening {
  const D = checkMatrix(features, N, 'pcaWhitening: features');
  if (!Number.isInteger(components) || components < 1 || components > D) {
    throw new Error(`pcaWhitening: components must be an integer in [1, ${D}], got ${components}.`);
  }
  if (!(exponent >= 0 && exponent <= 1))
    throw new Error(`pcaWhitening: exponent must lie in [0, 1], got ${exponent}.`);
  const mean = new Float64Array(D);
  for (let at = 0; at < features.length; at++) mean[at % D] += features[at] / N;
  const covariance = new Float64Array(D * D);
  const row = new Float64Array(D);
  for (let n = 0; n < N; n++) {
    for (let d = 0; d < D; d++) row[d] = features[n * D + d] - mean[d];
    for (let i = 0; i < D; i++) for (let j = 0; j <= i; j++) covariance[i * D + j] += (row[i] * row[j]) / N;
  }
  for (let i = 0; i < D; i++) for (let j = 0; j < i; j++) covariance[j * D + i] = covariance[i * D + j];
  const { values, vectors } = symmetricEigen(covariance, D);
  const order = Array.from(values.keys())
    .sort((a, b) => values[b] - values[a])
    .slice(0, components);
  const least = values[order[order.length - 1]];
  if (exponent > 0 && !(least > 1e-12 * values[order[0]])) {
    throw new Error(`pcaWhitening: only fewer than ${components} directions have spread; lower components.`);
  }
  const projection = new Float64Array(components * D);
  order.forEach((which, k) => {
    for (let d = 0; d < D; d++) projection[k * D + d] = vectors[which * D + d] / values[which] ** exponent;
  });
  return { mean, projection };
}

/** Whitened features, [N, K]. */
export function whiten({ mean, projection }: PcaWhitening, features: Float32Array): Float32Array {
  const D = mean.length;
  const K = projection.length / D;
  const result = new Float32Array((features.length / D) * K);
  const row = new Float64Array(D);
  for (let n = 0; n < features.length / D; n++) {
    for (let d = 0; d < D; d++) row[d] = features[n * D + d] - mean[d];
    for (let k = 0; k < K; k++) {
      let sum = 0;
      for (let d = 0, at = k * D; d < D; d++, at++) sum += projection[at] * row[d];
      result[n * K + k] = sum;
    }
  }
  return result;
}

/** Eigenvalues of a symmetric matrix and unit eigenvectors as rows, by cyclic Jacobi rotations. */
function symmetricEigen(matrix: Float64Array, D: number): { values: Float64Array; vectors: Float64Array } {
  const a = matrix.slice();
  const vectors = new Float64Array(D * D);
  for (let d = 0; d < D; d++) vectors[d * D + d] = 1;
  const total = a.reduce((sum, value) => sum + value * value, 0);
  for (let sweep = 0; sweep < 30; sweep++) {
    let off = 0;
    for (let p = 0; p < D; p++) for (let q = 0; q < p; q++) off += a[p * D + q] ** 2;
    if (off <= 1e-26 * total) break;
    for (let p = 1; p < D; p++) for (let q = 0; q < p; q++) rotate(a, vectors, D, p, q);
  }
  return { values: Float64Array.from({ length: D }, (_, d) => a[d * D + d]), vectors };
}

/** Zeroes entry (p, q) by a rotation of rows and columns p and q. */
function rotate(a: Float64Array, vectors: Float64Array, D: number, p: number, q: number): void {
  const entry = a[p * D + q];
  if (entry === 0) return;
  const ratio = (a[q * D + q] - a[p * D + p]) / (2 * entry);
  const t = (ratio >= 0 ? 1 : -1) / (Math.abs(ratio) + Math.sqrt(ratio * ratio + 1));
  const c = 1 / Math.sqrt(t * t + 1);
  const s = t * c;
  const turn = (matrix: Float64Array, first: number, second: number): void => {
    const [x, y] = [matrix[first], matrix[second]];
    matrix[first] = c * x - s * y;
    matrix[second] = s * x + c * y;
  };
  for (let k = 0; k < D; k++) turn(a, p * D + k, q * D + k);
  for (let k = 0; k < D; k++) turn(a, k * D + p, k * D + q);
  for (let k = 0; k < D; k++) turn(vectors, p * D + k, q * D + k);
}
