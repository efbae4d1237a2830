import { l2Normalize, tf, type Scalar, type Tensor1D, type Tensor2D } from '@fovea/tensorflow';
import { checkSameShape } from './helpers/check-same-shape.ts';
import { checkPositive, resolveOptions, type Real } from './helpers/options.ts';

export interface DclOptions {
  /** Temperature T > 0. Default 0.1. */
  readonly temperature?: Real;
}

const defaults: Required<DclOptions> = { temperature: 0.1 };

/**
 * Decoupled contrastive learning: NT-Xent whose denominator leaves out the positive pair.
 *
 *     L = 1/2 sum over both views of mean over i of ( -s_i / T + log sum over the 2(N-1) negatives of exp(s_ik / T) )
 *
 * s = cosine; the negatives are both views of all other images. All embeddings equal (collapse): log(2(N-1)).
 *
 * @param z1_ND - embeddings of view 1 [N, D], N >= 2; normalised inside
 * @param z2_ND - embeddings of view 2
 * @throws Error for shapes that differ, a single image (no negative is left) and a temperature that is not > 0
 *
 * Source: Yeh et al. 2022, equation 6.
 *
 * @example
 * dcl(tf.ones([4, 2]), tf.ones([4, 2])); // 1.7918 = log 6
 */
export function dcl(z1_ND: Tensor2D, z2_ND: Tensor2D, options: DclOptions = {}): Scalar {
  const { temperature } = resolveOptions('dcl', options, defaults);
  return decoupled('dcl', z1_ND, z2_ND, temperature, () => tf.scalar(1));
}

/**
 * `dcl` with a weight on the positive term of each image.
 *
 * @param weigh - weights of the positives [N] (or a scalar), of their cosines
 */
export function decoupled(
  where: string,
  z1_ND: Tensor2D,
  z2_ND: Tensor2D,
  temperature: Real,
  weigh: (cosine_N: Tensor1D) => Tensor1D | Scalar,
): Scalar {
  const { N } = checkSameShape(where, ['N', 'D'], { z1_ND, z2_ND });
  if (N < 2) throw new Error(`${where}: z1_ND must hold at least 2 images, got 1: no negative is left.`);
  checkPositive(where, 'temperature', temperature);
  return tf.tidy(() => {
    const [first_ND, second_ND] = [l2Normalize(z1_ND), l2Normalize(z2_ND)];
    const cosine_N = tf.sum(tf.mul(first_ND, second_ND), 1) as Tensor1D;
    const all_AD = tf.concat([first_ND, second_ND]); // A = 2N anchors
    const logits_AA = tf.div(tf.matMul(all_AD, all_AD, false, true), temperature);
    const sameImage_AA = tf.cast(tf.tile(tf.eye(N), [2, 2]), 'bool');
    const negatives_A = tf.logSumExp(tf.where(sameImage_AA, -Infinity, logits_AA), 1);
    // Both views of an image have the same positive term, so its mean over the N images stands for both.
    const positive = tf.mean(tf.mul(tf.div(cosine_N, temperature), weigh(cosine_N)));
    return tf.sub(tf.mean(negatives_A), positive) as Scalar;
  });
}
