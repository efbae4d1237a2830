import { tf, type Scalar, type Tensor2D } from '@fovea/tensorflow';
import { decoupled, type DclOptions } from './dcl.ts';
import { checkPositive, resolveOptions, type Real } from './helpers/options.ts';
import { stopGradient } from './helpers/stop-gradient.ts';

export interface DclwOptions extends DclOptions {
  /** Concentration of the weights, > 0. Default 0.5. */
  readonly sigma?: Real;
}

const defaults: Required<DclwOptions> = { temperature: 0.1, sigma: 0.5 };

/**
 * `dcl` whose positive terms weigh more where the views of an image are far apart.
 *
 *     w_i = 2 - N softmax over images (cos(z1_i, z2_i) / sigma)_i   multiplies the positive term of image i
 *
 * Weights are constants of mean 1. All embeddings equal (collapse): log(2(N-1)).
 *
 * @param z1_ND - embeddings of view 1 [N, D], N >= 2; normalised inside
 * @param z2_ND - embeddings of view 2
 * @throws Error as `dcl`, and for sigma that is not > 0
 *
 * Source: Yeh et al. 2022, equation 7 (von Mises-Fisher weights).
 *
 * @example
 * dclw(tf.ones([4, 2]), tf.ones([4, 2])); // 1.7918 = log 6
 */
export function dclw(z1_ND: Tensor2D, z2_ND: Tensor2D, options: DclwOptions = {}): Scalar {
  const { temperature, sigma } = resolveOptions('dclw', options, defaults);
  checkPositive('dclw', 'sigma', sigma);
  return decoupled('dclw', z1_ND, z2_ND, temperature, (cosine_N) => {
    const share_N = tf.softmax(tf.div(stopGradient(cosine_N), sigma));
    return tf.sub(2, tf.mul(share_N, cosine_N.size));
  });
}
