import { l2Normalize, tf, type Scalar, type Tensor2D } from '@fovea/tensorflow';
import { checkSameShape } from './helpers/check-same-shape.ts';
import { maskedLogSoftmax } from './helpers/masked-log-softmax.ts';
import { checkPositive, resolveOptions, type Real } from './helpers/options.ts';

export interface NtXentOptions {
  /** Temperature T > 0. Default 0.1. */
  readonly temperature?: Real;
}

const defaults: Required<NtXentOptions> = { temperature: 0.1 };

/**
 * NT-Xent of SimCLR: each view must find the other view of its image among all views of the batch.
 *
 *     L = mean over the 2N anchors i of -log( exp(s_ij / T) / sum over k != i of exp(s_ik / T) ),   s = cosine, j = the other view of i
 *
 * All embeddings equal (collapse): log(2N - 1). One image: 0, without a gradient.
 *
 * @param z1_ND - embeddings of the first views [N, D], any length; normalised inside
 * @param z2_ND - embeddings of the second views, same shape
 * @throws Error when the shapes differ or the temperature is not > 0
 *
 * Source: Chen et al. 2020, equation 1.
 *
 * @example
 * ntXent(tf.tensor2d([[1, 0], [0, 1]]), tf.tensor2d([[1, 0], [0, 1]]), { temperature: 1 }); // 0.5514 = log(1 + 2 / e)
 */
export function ntXent(z1_ND: Tensor2D, z2_ND: Tensor2D, options: NtXentOptions = {}): Scalar {
  const { temperature } = resolveOptions('ntXent', options, defaults);
  const { N } = checkSameShape('ntXent', ['N', 'D'], { z1_ND, z2_ND });
  checkPositive('ntXent', 'temperature', temperature);
  return tf.tidy(() => {
    const z_AD = l2Normalize(tf.concat([z1_ND, z2_ND])); // A = 2N anchors
    const logits_AA = tf.div(tf.matMul(z_AD, z_AD, false, true), temperature) as Tensor2D;
    const same_AA = tf.eye(2 * N);
    const logProbabilities_AA = maskedLogSoftmax(logits_AA, tf.cast(same_AA, 'bool'));
    // Row i of the positives is row i of the identity moved by N.
    const positives_AA = tf.concat([tf.slice(same_AA, [N, 0]), tf.slice(same_AA, [0, 0], [N, 2 * N])]);
    return tf.div(tf.sum(tf.mul(logProbabilities_AA, positives_AA)), -2 * N) as Scalar;
  });
}
