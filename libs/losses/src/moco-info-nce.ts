import {
  checkShape,
  l2Normalize,
  logSoftmax,
  tf,
  type Scalar,
  type Tensor1D,
  type Tensor2D,
} from '@fovea/tensorflow';
import { checkSameShape } from './helpers/check-same-shape.ts';
import { checkPositive, resolveOptions, type Real } from './helpers/options.ts';
import { stopGradient } from './helpers/stop-gradient.ts';

export interface MocoInfoNceOptions {
  /** Temperature T > 0: 0.07 in MoCo v1, 0.2 in v2. Default 0.2. */
  readonly temperature?: Real;
}

const defaults: Required<MocoInfoNceOptions> = { temperature: 0.2 };

/**
 * InfoNCE with a queue (MoCo v1 and v2): the query must find its key among the queue's rows.
 *
 *     L = mean over i of -log( exp(q_i.k_i / T) / (exp(q_i.k_i / T) + sum over the queue of exp(q_i.u / T)) )
 *
 * Keys and queue are constants. All embeddings equal (collapse): log(K + 1). Enqueue the keys after the loss, never before: see `enqueue`.
 *
 * @param query_ND - [N, D], normalised inside
 * @param key_ND - [N, D], of the momentum encoder, normalised inside
 * @param queue_KD - [K, D], rows of unit length
 * @throws Error for shapes that do not fit and a temperature that is not > 0
 *
 * Source: He et al. 2020, equation 1.
 *
 * @example
 * mocoInfoNce(tf.tensor2d([[1, 0]]), tf.tensor2d([[1, 0]]), tf.tensor2d([[1, 0]])); // 0.6931 = log 2
 */
export function mocoInfoNce(
  query_ND: Tensor2D,
  key_ND: Tensor2D,
  queue_KD: Tensor2D,
  options: MocoInfoNceOptions = {},
): Scalar {
  return tf.tidy(() => tf.mean(mocoInfoNcePerImage(query_ND, key_ND, queue_KD, options)) as Scalar);
}

/** The terms of `mocoInfoNce` before the mean, [N], for losses that weight images. */
export function mocoInfoNcePerImage(
  query_ND: Tensor2D,
  key_ND: Tensor2D,
  queue_KD: Tensor2D,
  options: MocoInfoNceOptions = {},
): Tensor1D {
  const { temperature } = resolveOptions('mocoInfoNce', options, defaults);
  const { D } = checkSameShape('mocoInfoNce', ['N', 'D'], { query_ND, key_ND });
  checkShape(queue_KD, ['K', D], 'mocoInfoNce: queue_KD');
  checkPositive('mocoInfoNce', 'temperature', temperature);
  return tf.tidy(() => {
    const query = l2Normalize(query_ND);
    const positive_N1 = tf.sum(tf.mul(query, l2Normalize(stopGradient(key_ND))), 1, true);
    const negative_NK = tf.matMul(query, stopGradient(queue_KD), false, true);
    const logits_NC = tf.div(tf.concat([positive_N1, negative_NK], 1), temperature);
    return firstLabelCrossEntropy(logits_NC as Tensor2D);
  });
}

/** Cross-entropy of each row of logits whose label is column 0. */
export function firstLabelCrossEntropy(logits_NC: Tensor2D): Tensor1D {
  const [N] = logits_NC.shape;
  return tf.neg(tf.reshape(tf.slice(logSoftmax(logits_NC), [0, 0], [N, 1]), [N]));
}
