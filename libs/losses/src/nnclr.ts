import {
  checkShape,
  gatherRows,
  l2Normalize,
  tf,
  type Scalar,
  type Tensor1D,
  type Tensor2D,
} from '@fovea/tensorflow';
import { checkSameShape } from './helpers/check-same-shape.ts';
import { diagonalCrossEntropy } from './helpers/diagonal-cross-entropy.ts';
import { checkPositive, resolveOptions, type Real } from './helpers/options.ts';
import { stopGradient } from './helpers/stop-gradient.ts';

export interface NnclrOptions {
  /** Temperature T > 0. Default 0.1. */
  readonly temperature?: Real;
}

const defaults: Required<NnclrOptions> = { temperature: 0.1 };

/**
 * NNCLR: the prediction of one view must be found from the nearest neighbour of the other view in a support set.
 *
 *     L = 1/2 ( l(z1, p2) + l(z2, p1) ),   l(z, p) = mean over i of -log softmax over j (n(nn(z_i)).n(p_j) / T) at j = i
 *
 * nn(z) is the row of the support set with the largest cosine (the first of equal ones). Projections and support set are constants.
 * All embeddings equal (collapse): log N.
 *
 * @param z1_ND - projections of view 1 [N, D]
 * @param z2_ND - projections of view 2
 * @param p1_ND - predictions of view 1
 * @param p2_ND - predictions of view 2
 * @param queue_KD - support set [K, D], any length; see `enqueue`
 * @throws Error for shapes that do not fit and a temperature that is not > 0
 *
 * Source: Dwibedi et al. 2021, equations 2 and 3, symmetrised.
 *
 * @example
 * const z = tf.ones([4, 2]);
 * nnclr(z, z, z, z, tf.ones([6, 2])); // 1.3863 = log 4
 */
export function nnclr(
  z1_ND: Tensor2D,
  z2_ND: Tensor2D,
  p1_ND: Tensor2D,
  p2_ND: Tensor2D,
  queue_KD: Tensor2D,
  options: NnclrOptions = {},
): Scalar {
  const { temperature } = resolveOptions('nnclr', options, defaults);
  checkSameShape('nnclr', ['N', 'D'], { z1_ND, z2_ND, p1_ND, p2_ND });
  checkPositive('nnclr', 'temperature', temperature);
  const oneWay = (z_ND: Tensor2D, p_ND: Tensor2D) => {
    const neighbours_ND = gatherRows(stopGradient(queue_KD), nearestRow(z_ND, queue_KD)) as Tensor2D;
    const cosine_NN = tf.matMul(l2Normalize(neighbours_ND), l2Normalize(p_ND), false, true);
    return diagonalCrossEntropy(tf.div(cosine_NN, temperature));
  };
  return tf.tidy(() => tf.div(tf.add(oneWay(z1_ND, p2_ND), oneWay(z2_ND, p1_ND)), 2) as Scalar);
}

/** Row of the support set with the largest cosine to each projection, int32 [N]. */
export function nearestRow(z_ND: Tensor2D, queue_KD: Tensor2D): Tensor1D {
  const { D } = checkShape(z_ND, ['N', 'D'], 'nearestRow: z_ND');
  checkShape(queue_KD, ['K', D], 'nearestRow: queue_KD');
  return tf.tidy(() => {
    const cosine_NK = tf.matMul(
      l2Normalize(stopGradient(z_ND)),
      l2Normalize(stopGradient(queue_KD)),
      false,
      true,
    );
    return tf.argMax(cosine_NK, 1) as Tensor1D;
  });
}
