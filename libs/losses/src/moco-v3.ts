import { l2Normalize, tf, type Scalar, type Tensor2D } from '@fovea/tensorflow';
import { checkSameShape } from './helpers/check-same-shape.ts';
import { diagonalCrossEntropy } from './helpers/diagonal-cross-entropy.ts';
import { checkPositive, resolveOptions, type Real } from './helpers/options.ts';
import { stopGradient } from './helpers/stop-gradient.ts';

export interface MocoV3Options {
  /** Temperature T > 0: 1 for ResNets, 0.2 for ViTs. Default 1. */
  readonly temperature?: Real;
}

const defaults: Required<MocoV3Options> = { temperature: 1 };

/**
 * Loss of MoCo v3: each query must find the momentum key of its image's other view among the keys of the batch.
 *
 *     L = l(q1, k2) + l(q2, k1),   l(q, k) = 2T mean over i of -log softmax over j (n(q_i).n(k_j) / T) at j = i
 *
 * Keys are constants. All embeddings equal (collapse): 4T log N. One image: 0.
 *
 * @param q1_ND - predictions of view 1 [N, D]; all four are normalised inside
 * @param q2_ND - predictions of view 2
 * @param k1_ND - momentum projections of view 1
 * @param k2_ND - momentum projections of view 2
 * @throws Error for shapes that differ and a temperature that is not > 0
 *
 * Source: Chen, Xie, He 2021, algorithm 1, and the authors' code (the factor 2T).
 *
 * @example
 * const z = tf.ones([4, 2]);
 * mocoV3(z, z, z, z); // 5.5452 = 4 log 4
 */
export function mocoV3(
  q1_ND: Tensor2D,
  q2_ND: Tensor2D,
  k1_ND: Tensor2D,
  k2_ND: Tensor2D,
  options: MocoV3Options = {},
): Scalar {
  const { temperature } = resolveOptions('mocoV3', options, defaults);
  checkSameShape('mocoV3', ['N', 'D'], { q1_ND, q2_ND, k1_ND, k2_ND });
  checkPositive('mocoV3', 'temperature', temperature);
  const oneWay = (query: Tensor2D, key: Tensor2D) => {
    const cosine = tf.matMul(l2Normalize(query), l2Normalize(stopGradient(key)), false, true);
    return diagonalCrossEntropy(tf.div(cosine, temperature));
  };
  return tf.tidy(
    () => tf.mul(tf.add(oneWay(q1_ND, k2_ND), oneWay(q2_ND, k1_ND)), tf.mul(temperature, 2)) as Scalar,
  );
}
