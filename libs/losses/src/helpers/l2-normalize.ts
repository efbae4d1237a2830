import { tf, type Tensor } from '@fovea/tensorflow';

/**
 * Scales vectors to unit length along the last axis: x / max(|x|, 1e-12).
 *
 * A zero vector stays zero, and its gradient stays finite (upstream gradient / 1e-12, as in the peers). Squares must not overflow: |x| < 1e19.
 *
 * @param x - any shape [..., D]
 * @returns the same shape
 *
 * @example
 * l2Normalize(tf.tensor2d([[3, 4]])); // [[0.6, 0.8]]
 */
export function l2Normalize<T extends Tensor>(x: T): T {
  // The limit is applied to the square, so that neither the root nor its gradient ever sees 0.
  const inverseNorm = tf.rsqrt(tf.maximum(tf.sum(tf.square(x), -1, true), 1e-24));
  return tf.mul(x, inverseNorm) as T;
}
