import { tf, type Tensor2D } from '@fovea/tensorflow';
import type { LabelledFeatures } from './feature-splits.ts';
import type { Objective } from './lbfgs.ts';

/** Penalised softmax cross-entropy over [W (C x D) | b (C)]; call `dispose` when done. */
export interface SoftmaxObjective {
  readonly evaluate: Objective;
  dispose(): void;
}

/**
 * `0.5 |W|^2 + cost sum_i cross-entropy_i` with its gradient, either in double precision or by TensorFlow in float32.
 *
 * The float32 form adds the losses and the penalty in double precision.
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
  const x_ND = tf.tensor2d(features, [N, D]);
  const y_NC = tf.tidy(() => tf.oneHot(tf.tensor1d(labels, 'int32'), C).toFloat() as Tensor2D);
  const evaluate: Objective = (point) => {
    const [losses, weights, biases] = tf.tidy(() => {
      const W_CD = tf.tensor2d(Float32Array.from(point.subarray(0, C * D)), [C, D]);
      const b_C = tf.tensor1d(Float32Array.from(point.subarray(C * D)));
      const logP_NC = tf.logSoftmax(tf.matMul(x_ND, W_CD, false, true).add<Tensor2D>(b_C));
      const delta_NC: Tensor2D = logP_NC.exp().sub(y_NC);
      return [
        logP_NC.mul(y_NC).sum(1).dataSync<'float32'>(),
        tf.matMul(delta_NC, x_ND, true).dataSync<'float32'>(),
        delta_NC.sum(0).dataSync<'float32'>(),
      ];
    });
    const gradient = new Float64Array(C * (D + 1));
    weights.forEach((entry, at) => (gradient[at] = cost * entry));
    biases.forEach((entry, at) => (gradient[C * D + at] = cost * entry));
    let value = 0;
    for (const loss of losses) value -= cost * loss;
    value += addPenalty(point, gradient, C * D);
    return { value, gradient };
  };
  return { evaluate, dispose: () => tf.dispose([x_ND, y_NC]) };
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
