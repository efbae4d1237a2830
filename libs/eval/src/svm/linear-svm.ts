import { fold, permutation, type Key } from '@fovea/random';
import { checkMatrix } from '../splits/feature-splits.ts';

export interface LinearSvmOptions {
  /** Cost of a violated margin, > 0. */
  readonly C: number;
  /** Weight of positive and of negative samples in the cost. VOC07: 2 and 1. */
  readonly wPos: number;
  readonly wNeg: number;
  /** Stop when the projected gradient's range is at most this. */
  readonly tolerance: number;
  readonly maxPasses: number;
  /** Order of the coordinates; the optimum does not depend on it, its last digits do. */
  readonly key: Key;
}

/** A binary linear classifier: decision w.x + bias. */
export interface LinearSvmResult {
  /** [D] */
  readonly w: Float64Array;
  readonly bias: number;
  readonly passes: number;
  /** False when `maxPasses` ended the descent before `tolerance` was met. */
  readonly converged: boolean;
}

/**
 * L2-regularised squared-hinge linear SVM by dual coordinate descent, in double precision.
 *
 * `minimise 0.5 (|w|^2 + b^2) + C sum_i cw(y_i) max(0, 1 - y_i (w.x_i + b))^2`; the bias is a weight on a constant feature 1 and is penalised, as in
 * LIBLINEAR.
 *
 * @param features - [N, D]
 * @param positive - [N], 1 for the class, 0 for the rest
 * @throws Error for NaN (with its row), samples of one kind only, options out of range
 * @see Hsieh et al. 2008; scikit-learn LinearSVC(loss='squared_hinge')
 */
export function linearSvm(
  features: Float32Array,
  positive: ArrayLike<number>,
  options: LinearSvmOptions,
): LinearSvmResult {
  const { C, wPos, wNeg, tolerance, maxPasses, key } = options;
  const N = positive.length;
  const D = checkMatrix(features, N, 'linearSvm: features');
  const positives = Array.from(positive).filter((value) => value === 1).length;
  if (positives === 0 || positives === N) {
    throw new Error(`linearSvm: ${positives} of ${N} samples are positive; a margin needs both kinds.`);
  }
  for (const [name, value] of Object.entries({ C, wPos, wNeg, tolerance })) {
    if (!(value > 0 && Number.isFinite(value)))
      throw new Error(`linearSvm: ${name} must be > 0, got ${value}.`);
  }

  const sign = Float64Array.from(positive, (value) => (value === 1 ? 1 : -1));
  const diagonal = sign.map((y) => 0.5 / (C * (y > 0 ? wPos : wNeg)));
  const curvature = diagonal.map((own, row) => {
    let squares = own + 1;
    for (let at = row * D; at < (row + 1) * D; at++) squares += features[at] ** 2;
    return squares;
  });
  const alpha = new Float64Array(N);
  const w = new Float64Array(D);
  let bias = 0;
  for (let pass = 1; pass <= maxPasses; pass++) {
    let [low, high] = [Infinity, -Infinity];
    for (const row of permutation(fold(key, pass), N)) {
      let decision = bias;
      for (let d = 0, at = row * D; d < D; d++, at++) decision += w[d] * features[at];
      const gradient = sign[row] * decision - 1 + diagonal[row] * alpha[row];
      const projected = alpha[row] === 0 ? Math.min(0, gradient) : gradient;
      low = Math.min(low, projected);
      high = Math.max(high, projected);
      if (projected === 0) continue;
      const next = Math.max(0, alpha[row] - gradient / curvature[row]);
      const step = (next - alpha[row]) * sign[row];
      alpha[row] = next;
      bias += step;
      for (let d = 0, at = row * D; d < D; d++, at++) w[d] += step * features[at];
    }
    if (high - low <= tolerance) return { w, bias, passes: pass, converged: true };
  }
  return { w, bias, passes: maxPasses, converged: false };
}
