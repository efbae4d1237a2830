import { tf, type Tensor2D } from '@fovea/tensorflow';
import type { LabelledFeatures } from '../splits/feature-splits.ts';
import type { Objective } from './lbfgs.ts';

const BLOCK = 2048; // rows that float32 adds up on its own

/** Penalised softmax cross-entropy over [W (C x D) | b (C)]; call `dispose` when done. */
export interface SoftmaxObjective {
  readonly evaluate: Objective;
  dispose(): void;
}

/**
 * `0.5 |W|^2 + cost sum_i cross-entropy_i` with its gradient, either in double precision or by TensorFlow in float32.
 *
 * The float32 form multiplies blocks of rows in float32 and adds blocks, losses and penalty in double precision.
 */
export function softmaxObjective(
  train: LabelledFeatures,
  classes: number,
  cost: number,
  precision: 'float64' | 'float32',
): SoftmaxObjective {
  return precision === 'float64' ? exact(train, classes, cost) : fast(train, classes, cost);
}

function exact({ features, labels }: LabelledFeatures, C: number, cost: number): SoftmaxObjective {
  const N = labels.length;
  const D = features.length / N;
  const gradient = new Float64Array(C * (D + 1));
  const logits = new Float64Array(C);
  const evaluate: Objective = (point) => {
    gradient.fill(0);
    let value = 0;
    for (let row = 0; row < N; row++) {
      const x = features.subarray(row * D, (row + 1) * D);
      for (let c = 0; c < C; c++) {
        let logit = point[C * D + c];
        for (let d = 0, at = c * D; d < D; d++, at++) logit += point[at] * x[d];
        logits[c] = logit;
      }
      const own = logits[labels[row]];
      value += cost * (softmaxInPlace(logits) - own);
      logits[labels[row]] -= 1;
      for (let c = 0; c < C; c++) {
        const delta = cost * logits[c];
        gradient[C * D + c] += delta;
        for (let d = 0, at = c * D; d < D; d++, at++) gradient[at] += delta * x[d];
      }
    }
    value += addPenalty(point, gradient, C * D);
    return { value, gradient };
  };
  return { evaluate, dispose: () => undefined };
}

function fast({ features, labels }: LabelledFeatures, C: number, cost: number): SoftmaxObjective {
  const N = labels.length;
  const D = features.length / N;
  const blocks = Array.from({ length: Math.ceil(N / BLOCK) }, (_, block) => {
    const rows = Math.min(BLOCK, N - block * BLOCK);
    const x_BD = tf.tensor2d(features.subarray(block * BLOCK * D, (block * BLOCK + rows) * D), [rows, D]);
    const own = labels.subarray(block * BLOCK, block * BLOCK + rows);
    return { x_BD, y_BC: tf.tidy(() => tf.oneHot(tf.tensor1d(own, 'int32'), C).toFloat() as Tensor2D) };
  });
  const evaluate: Objective = (point) => {
    const gradient = new Float64Array(C * (D + 1));
    let value = 0;
    tf.tidy(() => {
      const W_CD = tf.tensor2d(new Float32Array(point.subarray(0, C * D)), [C, D]);
      const b_C = tf.tensor1d(new Float32Array(point.subarray(C * D)));
      for (const { x_BD, y_BC } of blocks) {
        const [losses, weights, biases] = tf.tidy(() => {
          const logP_BC = tf.logSoftmax(tf.matMul(x_BD, W_CD, false, true).add<Tensor2D>(b_C));
          const delta_BC: Tensor2D = logP_BC.exp().sub(y_BC);
          const sums = [logP_BC.mul(y_BC).sum(1), tf.matMul(delta_BC, x_BD, true), delta_BC.sum(0)];
          return sums.map((tensor) => tensor.dataSync());
        });
        for (const loss of losses) value -= cost * loss;
        for (let at = 0; at < C * D; at++) gradient[at] += cost * weights[at];
        for (let c = 0; c < C; c++) gradient[C * D + c] += cost * biases[c];
      }
    });
    value += addPenalty(point, gradient, C * D);
    return { value, gradient };
  };
  return { evaluate, dispose: () => tf.dispose(blocks) };
}

/** Replaces logits by probabilities; returns their logsumexp. */
function softmaxInPlace(logits: Float64Array): number {
  let most = -Infinity;
  for (const logit of logits) most = Math.max(most, logit);
  let total = 0;
  for (let c = 0; c < logits.length; c++) total += logits[c] = Math.exp(logits[c] - most);
  for (let c = 0; c < logits.length; c++) logits[c] /= total;
  return most + Math.log(total);
}

function addPenalty(point: Float64Array, gradient: Float64Array, weights: number): number {
  let sum = 0;
  for (let at = 0; at < weights; at++) {
    sum += point[at] * point[at];
    gradient[at] += point[at];
  }
  return sum / 2;
}
