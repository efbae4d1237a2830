import type { Tensor } from '@tensorflow/tfjs';
import { tf } from '../tf.ts';

const LEAST_NORM = 1e-12;

/**
 * Vectors of length one.
 *
 *     y = x / max(|x|, 1e-12)
 *
 * @param x - float32, any shape
 * @param axis - along which the vectors lie; default the last
 *
 * Source: PyTorch's functional.normalize, against whose vectors it is tested; a zero vector stays zero.
 *
 * @example
 * l2Normalize(tf.tensor2d([[3, 4]])).arraySync(); // [[0.6, 0.8]]
 */
export function l2Normalize<T extends Tensor>(x: T, axis = -1): T {
  return tf.tidy(() => {
    const squares = tf.sum(tf.square(x), axis, true);
    return tf.mul(x, tf.rsqrt(tf.maximum(squares, LEAST_NORM ** 2))) as T;
  });
}
