import type { Tensor } from '@tensorflow/tfjs';
import { tf } from '../tf.ts';

const LEAST_NORM = 1e-8;

/**
 * Cosine of the angle between vectors.
 *
 *     a.b / (max(|a|, 1e-8) max(|b|, 1e-8))
 *
 * @param a - float32, any shape
 * @param b - of the same shape
 * @param axis - along which the vectors lie; default the last; it is gone from the result
 * @throws Error when the shapes differ
 *
 * Source: PyTorch's functional.cosine_similarity, against whose vectors it is tested; 0 where a vector is zero.
 *
 * @example
 * cosineSimilarity(tf.tensor1d([1, 0]), tf.tensor1d([1, 1])).arraySync(); // 0.7071
 */
export function cosineSimilarity(a: Tensor, b: Tensor, axis = -1): Tensor {
  tf.util.assertShapesMatch(a.shape, b.shape, 'cosineSimilarity: ');
  return tf.tidy(() => {
    const inverse = (x: Tensor) => tf.rsqrt(tf.maximum(tf.sum(tf.square(x), axis), LEAST_NORM ** 2));
    return tf.mul(tf.sum(tf.mul(a, b), axis), tf.mul(inverse(a), inverse(b)));
  });
}
