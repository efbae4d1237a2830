import { stopGradient } from '@fovea/losses';
import { l2Normalize, tf, type Scalar, type Tensor } from '@fovea/tensorflow';

/**
 * How far embeddings spread over the sphere: 1 when unit vectors point everywhere alike, 0 when all are equal (collapse). No gradient.
 *
 *     sqrt(D) mean over channels of the standard deviation over the rows of n(z)
 *
 * @param z - embeddings [..., D]
 *
 * Source: Chen and He 2021 (SimSiam), section 4.1: the deviation per channel should stay near 1 / sqrt(D).
 */
export function embeddingSpread(z: Tensor): Scalar {
  return tf.tidy(() => {
    const width = z.shape[z.rank - 1];
    const unit_ND = l2Normalize(tf.reshape(stopGradient(z), [-1, width]));
    const { variance } = tf.moments(unit_ND, 0);
    return tf.mul(tf.mean(tf.sqrt(variance)), Math.sqrt(width)) as Scalar;
  });
}
