import { cosineSimilarity, tf, type Scalar, type Tensor2D } from '@fovea/tensorflow';
import { checkSameShape } from './helpers/check-same-shape.ts';
import { stopGradient } from './helpers/stop-gradient.ts';

/**
 * SimSiam: negative cosine between the prediction of one view and the projection of the other, which is constant.
 *
 *     L = -( mean cos(p1, z2) + mean cos(p2, z1) ) / 2;   in [-1, 1]
 *
 * All embeddings equal (collapse): -1, its minimum; watch the standard deviation of n(z) per channel, which should stay near 1 / sqrt(D).
 *
 * @param p1_ND - predictions of view 1 [N, D]
 * @param p2_ND - predictions of view 2
 * @param z1_ND - projections of view 1
 * @param z2_ND - projections of view 2
 * @throws Error for shapes that differ
 *
 * Source: Chen and He 2021, equation 4.
 *
 * @example
 * const z = tf.ones([4, 2]);
 * simSiam(z, z, z, z); // -1
 */
export function simSiam(p1_ND: Tensor2D, p2_ND: Tensor2D, z1_ND: Tensor2D, z2_ND: Tensor2D): Scalar {
  checkSameShape('simSiam', ['N', 'D'], { p1_ND, p2_ND, z1_ND, z2_ND });
  return tf.tidy(() => {
    const first = tf.mean(cosineSimilarity(p1_ND, stopGradient(z2_ND)));
    const second = tf.mean(cosineSimilarity(p2_ND, stopGradient(z1_ND)));
    return tf.mul(tf.add(first, second), -0.5) as Scalar;
  });
}
