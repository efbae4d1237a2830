import { logSoftmax, tf, type Tensor } from '@fovea/tensorflow';

/**
 * Log-softmax over the last axis with excluded entries: they take no probability and are written as 0.
 *
 *     y_c = x_c - log( sum over kept c' of exp(x_c') )   where kept,   0 where excluded
 *
 * Excluded entries are minus infinity inside, not a large number, so the exclusion is exact at any scale; they get no gradient.
 *
 * @param logits - [..., C]
 * @param excluded - boolean, broadcast to the logits; every row must keep at least one entry
 * @returns [..., C]; 0 where excluded, so that a product with a distribution that is 0 there stays 0
 *
 * @example
 * maskedLogSoftmax(tf.tensor2d([[1, 1, 9]]), tf.tensor2d([[0, 0, 1]], [1, 3], 'bool')); // [[-0.693, -0.693, 0]]
 */
export function maskedLogSoftmax<T extends Tensor>(logits: T, excluded: Tensor): T {
  const logProbabilities = logSoftmax(tf.where(excluded, -Infinity, logits));
  return tf.where(excluded, 0, logProbabilities) as T;
}
