import {
  checkShape,
  l2Normalize,
  tf,
  type Scalar,
  type Tensor1D,
  type Tensor2D,
  type Tensor3D,
} from '@fovea/tensorflow';
import { maskedLogSoftmax } from './helpers/masked-log-softmax.ts';
import { checkPositive, resolveOptions, type Real } from './helpers/options.ts';

export interface SupConOptions {
  /** Temperature T > 0. Default 0.07. */
  readonly temperature?: Real;
  /** T_b: the loss is scaled by T / T_b. Default 0.07. */
  readonly baseTemperature?: Real;
}

const defaults: Required<SupConOptions> = { temperature: 0.07, baseTemperature: 0.07 };

/**
 * Supervised contrastive loss: every view must find all views of its class, the mean over positives outside the logarithm.
 *
 *     L = mean over the B*V anchors i of -(T / T_b) 1/|P_i| sum over p in P_i of log( exp(s_ip / T) / sum over a != i of exp(s_ia / T) )
 *
 * P_i = views of the same label but i itself; an anchor without positives contributes 0. All embeddings equal (collapse): (T / T_b) log(BV - 1).
 * With labels all different and two views it is (T / T_b) `ntXent`.
 *
 * @param z_BVD - embeddings [B, V, D], B*V >= 2; normalised inside
 * @param labels_B - one number a class, int32 [B]
 * @throws Error for shapes that do not fit, a single anchor, and temperatures that are not > 0
 *
 * Source: Khosla et al. 2020, equation 2 (L_out), all views as anchors.
 *
 * @example
 * supCon(tf.ones([2, 2, 4]), tf.tensor1d([0, 1], 'int32')); // 1.0986 = log 3
 */
export function supCon(z_BVD: Tensor3D, labels_B: Tensor1D, options: SupConOptions = {}): Scalar {
  const { temperature, baseTemperature } = resolveOptions('supCon', options, defaults);
  const { B, V, D } = checkShape(z_BVD, ['B', 'V', 'D'], 'supCon: z_BVD');
  checkShape(labels_B, [B], 'supCon: labels_B');
  if (B * V < 2)
    throw new Error(`supCon: z_BVD must hold at least 2 views in all, got shape [${B}, ${V}, ${D}].`);
  checkPositive('supCon', 'temperature', temperature);
  checkPositive('supCon', 'baseTemperature', baseTemperature);
  return tf.tidy(() => {
    const A = B * V; // anchors, image-major: the views of an image are neighbours
    const z_AD = l2Normalize(tf.reshape(z_BVD, [A, D])) as Tensor2D;
    const logits_AA = tf.div(tf.matMul(z_AD, z_AD, false, true), temperature) as Tensor2D;
    const self_AA = tf.eye(A);
    const log_AA = maskedLogSoftmax(logits_AA, tf.cast(self_AA, 'bool'));
    const labels_A1 = tf.reshape(tf.tile(tf.reshape(labels_B, [B, 1]), [1, V]), [A, 1]);
    const sameClass_AA = tf.cast(tf.equal(labels_A1, tf.transpose(labels_A1)), 'float32');
    const positive_AA = tf.mul(sameClass_AA, tf.sub(1, self_AA));
    const positives_A1 = tf.maximum(tf.sum(positive_AA, 1, true), 1);
    const total = tf.sum(tf.mul(log_AA, tf.div(positive_AA, positives_A1)));
    return tf.mul(tf.div(total, -A), tf.div(temperature, baseTemperature)) as Scalar;
  });
}
