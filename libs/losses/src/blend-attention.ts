import { tf, type Scalar } from '@fovea/tensorflow';
import { checkRange, type Real } from './helpers/options.ts';

/**
 * Total of a learner with attention supervision: (L_ssl + lambda L_attention) / (1 + lambda).
 *
 * @param loss - the learner's own loss
 * @param attentionLoss - `attentionCosine` or `dida`
 * @param lambda - weight, >= 0; 3 in CAST. For DiDA the value is a reconstruction [RECON]
 * @throws Error for lambda < 0
 *
 * @example
 * blendAttention(tf.scalar(2), tf.scalar(1), 3); // 1.25
 */
export function blendAttention(loss: Scalar, attentionLoss: Scalar, lambda: Real = 3): Scalar {
  checkRange('blendAttention', 'lambda', lambda, 0, Number.MAX_VALUE);
  return tf.tidy(() => tf.div(tf.add(loss, tf.mul(attentionLoss, lambda)), tf.add(lambda, 1)) as Scalar);
}
