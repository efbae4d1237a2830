import { cosineSimilarity, tf, type Scalar, type Tensor1D, type Tensor2D } from '@fovea/tensorflow';
import { checkSameShape } from './helpers/check-same-shape.ts';
import { stopGradient } from './helpers/stop-gradient.ts';

/**
 * BYOL: the prediction of one view regresses the target network's projection of the other, both orders summed.
 *
 *     L = mean (2 - 2 cos(p1, z2)) + mean (2 - 2 cos(p2, z1)),   z constant;   in [0, 8]
 *
 * All embeddings equal (collapse): 0, its minimum, so the value does not reveal a collapse. A zero vector has cosine 0.
 *
 * @param p1_ND - predictions of view 1 [N, D]
 * @param p2_ND - predictions of view 2
 * @param z1_ND - target projections of view 1
 * @param z2_ND - target projections of view 2
 * @throws Error for shapes that differ
 *
 * Source: Grill et al. 2020, equation 2, summed over both orders (not averaged).
 *
 * @example
 * const z = tf.ones([4, 2]);
 * byol(z, z, z, z); // 0
 */
export function byol(p1_ND: Tensor2D, p2_ND: Tensor2D, z1_ND: Tensor2D, z2_ND: Tensor2D): Scalar {
  checkSameShape('byol', ['N', 'D'], { p1_ND, p2_ND, z1_ND, z2_ND });
  return tf.tidy(
    () => tf.add(tf.mean(byolPerImage(p1_ND, z2_ND)), tf.mean(byolPerImage(p2_ND, z1_ND))) as Scalar,
  );
}

/** The regression 2 - 2 cos(p, z) of each row, z constant, [N]: one order of `byol` before the mean, for losses that weight images. */
export function byolPerImage(p_ND: Tensor2D, z_ND: Tensor2D): Tensor1D {
  checkSameShape('byolPerImage', ['N', 'D'], { p_ND, z_ND });
  return tf.tidy(() => tf.sub(2, tf.mul(2, cosineSimilarity(p_ND, stopGradient(z_ND)))) as Tensor1D);
}
