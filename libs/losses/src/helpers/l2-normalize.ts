import { tf, type Tensor } from '@fovea/tensorflow';

/**
 * Scales vectors to unit length along the last axis: x / max(|x|, epsilon).
 *
 * A zero vector stays zero, and its gradient stays finite (upstream gradient / epsilon, as in the peers). Squares must not overflow: |x| < 1e19.
 *
 * @param x - any shape [..., D]
 * @param epsilon - 1e-12, the peers' normalisation; their cosine similarity takes 1e-8
 * @returns the same shape
 *
 * @example
 * l2Normalize(tf.tensor2d([[3, 4]])); // [[0.6, 0.8]]
 */
export function l2Normalize<T extends Tensor>(x: T, epsilon = 1e-12): T {
  // The limit is applied to the square, so that neither the root nor its gradient ever sees 0.
  const inverseNorm = tf.rsqrt(tf.maximum(tf.sum(tf.square(x), -1, true), epsilon * epsilon));
  return tf.mul(x, inverseNorm) as T;
}
