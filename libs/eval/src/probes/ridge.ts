import { checkLabelled, type LabelledFeatures } from '../splits/feature-splits.ts';
import { choleskySolve } from './cholesky.ts';
import { gramMatrix, type Centred } from './gram-matrix.ts';
import type { LinearClassifier } from './logistic-regression.ts';

/**
 * Closed-form ridge regression onto one-hot labels, in double precision.
 *
 * `minimise sum_i |y_i - W x_i - b|^2 + alpha |W|^2`, the bias without penalty: with centred X and Y, `W^T = (X^T X + alpha I)^-1 X^T Y`, or the
 * equal `X^T (X X^T + alpha I)^-1 Y` where there are fewer rows than columns. No seed, no iteration.
 *
 * @param train - [N, D] features and [N] labels in [0, classes); a class may be absent, and its scores are then 0
 * @param alpha - penalty, > 0
 * @throws Error for NaN (with its row), fewer than two rows, alpha that is not > 0
 * @see scikit-learn Ridge; big_vision's fewshot_lsr uses the same two forms
 *
 * @example
 * const data = { features: Float32Array.of(-1, 1), labels: Int32Array.of(0, 1) };
 * ridge(data, 2, { alpha: 2 }).W; // Float64Array [-0.25, 0.25]
 */
export function ridge(
  train: LabelledFeatures,
  classes: number,
  { alpha }: { readonly alpha: number },
): LinearClassifier {
  const { N, D } = checkLabelled(train, classes, 'ridge: train');
  if (N < 2) throw new Error('ridge: one sample has no spread to regress on; give at least two.');
  if (!(alpha > 0 && Number.isFinite(alpha))) throw new Error(`ridge: alpha must be > 0, got ${alpha}.`);

  const mean_C = new Float64Array(classes);
  for (const label of train.labels) mean_C[label] += 1 / N;
  const x = { features: train.features, mean: columnMeans(train.features, D) };
  const W_DC =
    N < D ? dual(x, train.labels, mean_C, alpha) : primal(x, classSums(x, train.labels, classes), alpha);

  const W = new Float64Array(classes * D);
  const bias = mean_C.slice();
  for (let d = 0; d < D; d++) {
    for (let c = 0; c < classes; c++) {
      W[c * D + d] = W_DC[d * classes + c];
      bias[c] -= x.mean[d] * W[c * D + d];
    }
  }
  return { W, bias };
}

/** `sums_DC` is X^T Y. */
function primal(x: Centred, sums_DC: Float64Array, alpha: number): Float64Array {
  const D = x.mean.length;
  const gram_DD = gramMatrix(x);
  for (let d = 0; d < D; d++) gram_DD[d * D + d] += alpha;
  return choleskySolve(gram_DD, sums_DC, D, 'ridge');
}

function dual(
  { features, mean }: Centred,
  labels: Int32Array,
  mean_C: Float64Array,
  alpha: number,
): Float64Array {
  const [N, D, C] = [labels.length, mean.length, mean_C.length];
  const x_ND = new Float64Array(N * D);
  for (let at = 0; at < N * D; at++) x_ND[at] = features[at] - mean[at % D];
  const y_NC = Float64Array.from(
    { length: N * C },
    (_, at) => Number(labels[Math.floor(at / C)] === at % C) - mean_C[at % C],
  );
  const kernel_NN = new Float64Array(N * N);
  for (let i = 0; i < N; i++) {
    for (let j = 0; j <= i; j++) {
      let dot = i === j ? alpha : 0;
      for (let d = 0, a = i * D, b = j * D; d < D; d++, a++, b++) dot += x_ND[a] * x_ND[b];
      kernel_NN[i * N + j] = dot;
    }
  }
  return transposedProduct(x_ND, choleskySolve(kernel_NN, y_NC, N, 'ridge'), N, D);
}

function columnMeans(features: Float32Array, D: number): Float64Array {
  const N = features.length / D;
  const mean = new Float64Array(D);
  for (let row = 0, at = 0; row < N; row++) {
    for (let d = 0; d < D; d++, at++) mean[d] += features[at];
  }
  return mean.map((sum) => sum / N);
}

/** X^T Y, [D, C]: as the columns of X have mean 0, Y need not be centred, and of one-hot Y the product is the sum over each class. */
function classSums({ features, mean }: Centred, labels: Int32Array, classes: number): Float64Array {
  const D = mean.length;
  const sums_CD = new Float64Array(classes * D);
  for (let row = 0, at = 0; row < labels.length; row++) {
    const from = labels[row] * D;
    for (let d = 0; d < D; d++, at++) sums_CD[from + d] += features[at] - mean[d];
  }
  return Float64Array.from(
    { length: D * classes },
    (_, at) => sums_CD[(at % classes) * D + Math.floor(at / classes)],
  );
}

/** X^T Y: [N, D] and [N, C] to [D, C]. */
function transposedProduct(x_ND: Float64Array, y_NC: Float64Array, N: number, D: number): Float64Array {
  const C = y_NC.length / N;
  const product_DC = new Float64Array(D * C);
  for (let row = 0; row < N; row++) {
    for (let d = 0; d < D; d++) {
      const value = x_ND[row * D + d];
      for (let c = 0; c < C; c++) product_DC[d * C + c] += value * y_NC[row * C + c];
    }
  }
  return product_DC;
}
