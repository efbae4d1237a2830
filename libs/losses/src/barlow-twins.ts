import { tf, type Scalar, type Tensor2D } from '@fovea/tensorflow';
import { checkSameShape } from './helpers/check-same-shape.ts';
import { checkRange, resolveOptions, type Real } from './helpers/options.ts';
import { standardizeColumns } from './helpers/standardize-columns.ts';

export interface BarlowTwinsOptions {
  /** Weight of the off-diagonal terms. Default 0.005. */
  readonly lambda?: Real;
}

const defaults: Required<BarlowTwinsOptions> = { lambda: 5e-3 };

/**
 * Barlow Twins: the cross-correlation of two views over the batch must be the identity.
 *
 *     C = BN(z1)^T BN(z2) / N;   L = sum over i of (1 - C_ii)^2 + lambda sum over i != j of C_ij^2
 *
 * BN has no affine part, biased variance and epsilon 1e-5. All embeddings equal (collapse), or one image: D, since C = 0.
 *
 * @param z1_ND - embeddings of view 1 [N, D]
 * @param z2_ND - embeddings of view 2
 * @throws Error for shapes that differ and lambda < 0
 *
 * Source: Zbontar et al. 2021, equations 1 and 2. The sum is not scaled (the authors' code multiplies it by 0.024, solo-learn's by 0.1).
 *
 * @example
 * barlowTwins(tf.ones([4, 3]), tf.ones([4, 3])); // 3
 */
export function barlowTwins(z1_ND: Tensor2D, z2_ND: Tensor2D, options: BarlowTwinsOptions = {}): Scalar {
  const { lambda } = resolveOptions('barlowTwins', options, defaults);
  const { D } = checkSameShape('barlowTwins', ['N', 'D'], { z1_ND, z2_ND });
  checkRange('barlowTwins', 'lambda', lambda, 0, Infinity);
  return tf.tidy(() => {
    const correlation_DD = crossCorrelation(z1_ND, z2_ND);
    const identity_DD = tf.eye(D);
    const difference_DD = tf.square(tf.sub(correlation_DD, identity_DD));
    const onDiagonal = tf.sum(tf.mul(difference_DD, identity_DD));
    const offDiagonal = tf.sum(tf.mul(difference_DD, tf.sub(1, identity_DD)));
    return tf.add(onDiagonal, tf.mul(offDiagonal, lambda)) as Scalar;
  });
}

/** Correlation of the columns of two batches, [D, D]; rows are columns of the first. */
export function crossCorrelation(z1_ND: Tensor2D, z2_ND: Tensor2D): Tensor2D {
  const { N } = checkSameShape('crossCorrelation', ['N', 'D'], { z1_ND, z2_ND });
  return tf.tidy(() => {
    return tf.div(
      tf.matMul(standardizeColumns(z1_ND), standardizeColumns(z2_ND), true, false),
      N,
    ) as Tensor2D;
  });
}
