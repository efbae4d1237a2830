import { tf, type Tensor } from '@fovea/tensorflow';

/**
 * Scales the exponentials along one axis to sum 1, in the log domain: x - logSumExp(x, axis).
 *
 * Minus infinity (probability 0) is allowed as long as each slice has one finite entry.
 *
 * @param x - logarithms, any shape
 * @param axis - axis or axes that sum to 1 afterwards
 */
export function logNormalize<T extends Tensor>(x: T, axis: number | number[]): T {
  const shifted = tf.sub(x, tf.max(x, axis, true));
  return tf.sub(shifted, tf.log(tf.sum(tf.exp(shifted), axis, true))) as T;
}
