import { tf, type Tensor, type Tensor1D, type Tensor2D, type Tensor3D } from '@fovea/tensorflow';
import { readBack } from '../protocol/read-back.ts';
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
  const whole = N - (N % BLOCK);
  const spans = [
    [0, whole],
    [whole, N],
  ].filter(([from, to]) => to > from);
  const parts = spans.map(([from, to]) => {
    const rows = Math.min(BLOCK, to - from);
    const x_GBD = tf.tensor3d(features.subarray(from * D, to * D), [(to - from) / rows, rows, D]);
    const y_NC = tf.tidy(() => tf.oneHot(tf.tensor1d(labels.subarray(from, to), 'int32'), C).toFloat());
    return { x_GBD, y_NC: y_NC as Tensor2D };
  });
  const evaluate: Objective = (point) => {
    const gradient = new Float64Array(C * (D + 1));
    let value = 0;
    for (const part of parts) {
      const [losses, weights, biases] = readBack<Float32Array>(() => {
        const W_CD = tf.tensor2d(new Float32Array(point.subarray(0, C * D)), [C, D]);
        const b_C = tf.tensor1d(new Float32Array(point.subarray(C * D)));
        return blockSums(part, W_CD, b_C);
      });
      for (const loss of losses) value -= cost * loss;
      for (let from = 0; from < weights.length; from += C * D) {
        for (let at = 0; at < C * D; at++) gradient[at] += cost * weights[from + at];
      }
      for (let at = 0; at < biases.length; at++) gradient[C * D + (at % C)] += cost * biases[at];
    }
    value += addPenalty(point, gradient, C * D);
    return { value, gradient };
  };
  return { evaluate, dispose: () => tf.dispose(parts) };
}

/** Log-likelihood of each row, and of each block the sums for the weights [G, C, D] and biases [G, C]. */
function blockSums(
  { x_GBD, y_NC }: { x_GBD: Tensor3D; y_NC: Tensor2D },
  W_CD: Tensor2D,
  b_C: Tensor1D,
): Tensor[] {
  const [G, B, D] = x_GBD.shape;
  const [C] = W_CD.shape;
  const logits_NC = tf.matMul(x_GBD.reshape<Tensor2D>([G * B, D]), W_CD, false, true).add<Tensor2D>(b_C);
  const logP_NC = tf.logSoftmax(logits_NC);
  const delta_GBC = logP_NC.exp().sub(y_NC).reshape<Tensor3D>([G, B, C]);
  return [logP_NC.mul(y_NC).sum(1), tf.matMul(delta_GBC, x_GBD, true), delta_GBC.sum(1)];
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
