import { checkLabelled, type LabelledFeatures } from '../splits/feature-splits.ts';
import { choleskySolve } from './cholesky.ts';
import { gramMatrix } from './gram-matrix.ts';
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

  const mean_D = new Float64Array(D);
  const mean_C = new Float64Array(classes);
  for (let at = 0; at < N * D; at++) mean_D[at % D] += train.features[at] / N;
  for (const label of train.labels) mean_C[label] += 1 / N;
  const x_ND = new Float64Array(N * D);
  for (let at = 0; at < N * D; at++) x_ND[at] = train.features[at] - mean_D[at % D];
  const y_NC = Float64Array.from({ length: N * classes }, (_, at) => {
    const [row, label] = [Math.floor(at / classes), at % classes];
    return (train.labels[row] === label ? 1 : 0) - mean_C[label];
  });
  const W_DC = N < D ? dual(x_ND, y_NC, N, D, alpha) : primal(x_ND, y_NC, N, D, alpha);

  const W = new Float64Array(classes * D);
  const bias = mean_C.slice();
  for (let d = 0; d < D; d++) {
    for (let c = 0; c < classes; c++) {
      W[c * D + d] = W_DC[d * classes + c];
      bias[c] -= mean_D[d] * W[c * D + d];
    }
  }
  return { W, bias };
}

function primal(x_ND: Float64Array, y_NC: Float64Array, N: number, D: number, alpha: number): Float64Array {
  const gram_DD = gramMatrix(x_ND, N, D);
  for (let d = 0; d < D; d++) gram_DD[d * D + d] += alpha;
  return choleskySolve(gram_DD, transposedProduct(x_ND, y_NC, N, D), D, 'ridge');
}

function dual(x_ND: Float64Array, y_NC: Float64Array, N: number, D: number, alpha: number): Float64Array {
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
