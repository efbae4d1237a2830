import { tf, type Tensor } from '@fovea/tensorflow';
import { l2Normalize } from './l2-normalize.ts';

/**
 * Cosine of vectors along the last axis, 0 where one of them is zero: a.b / (max(|a|, 1e-8) max(|b|, 1e-8)).
 *
 * @param a - [..., D]
 * @param b - the same shape
 * @returns [...]
 *
 * @example
 * cosineSimilarity(tf.tensor2d([[1, 1]]), tf.tensor2d([[2, 0]])); // [0.7071]
 */
export function cosineSimilarity(a: Tensor, b: Tensor): Tensor {
  return tf.sum(tf.mul(l2Normalize(a, 1e-8), l2Normalize(b, 1e-8)), -1);
}
