import { tf, type Scalar, type Tensor2D } from '@fovea/tensorflow';
import { checkSameShape } from './helpers/check-same-shape.ts';
import { checkRange, resolveOptions, type Real } from './helpers/options.ts';

export interface VicRegOptions {
  /** Weight of the invariance term. Default 25. */
  readonly invarianceWeight?: Real;
  /** Weight of the variance term. Default 25. */
  readonly varianceWeight?: Real;
  /** Weight of the covariance term. Default 1. */
  readonly covarianceWeight?: Real;
}

const defaults: Required<VicRegOptions> = { invarianceWeight: 25, varianceWeight: 25, covarianceWeight: 1 };

/** The weighted total and its unweighted terms. */
export interface VicRegTerms {
  readonly loss: Scalar;
  readonly invariance: Scalar;
  readonly variance: Scalar;
  readonly covariance: Scalar;
}

/**
 * VICReg: views agree (invariance), every coordinate keeps a standard deviation of 1 (variance), coordinates are uncorrelated (covariance).
 *
 *     invariance = mean over all entries of (z1 - z2)^2
 *     variance   = 1/2 sum over branches of mean over coordinates of relu(1 - sqrt(var + 1e-4))
 *     covariance = sum over branches of 1/D sum over i != j of cov_ij^2,   var and cov divided by N - 1
 *
 * All embeddings equal (collapse): variance weight x 0.99.
 *
 * @param z1_ND - embeddings of view 1 [N, D], N >= 2
 * @param z2_ND - embeddings of view 2
 * @throws Error for shapes that differ, a single image and negative weights
 *
 * Source: Bardes et al. 2022, equations 1 to 6. The variance term is averaged over branches, as in lightly and the authors' code; solo-learn sums.
 *
 * @example
 * vicReg(tf.ones([4, 3]), tf.ones([4, 3])).loss; // 24.75
 */
export function vicReg(z1_ND: Tensor2D, z2_ND: Tensor2D, options: VicRegOptions = {}): VicRegTerms {
  const o = resolveOptions('vicReg', options, defaults);
  const { N } = checkSameShape('vicReg', ['N', 'D'], { z1_ND, z2_ND });
  if (N < 2) throw new Error('vicReg: z1_ND must hold at least 2 images, got 1: variances divide by N - 1.');
  for (const [name, weight] of Object.entries(o)) checkRange('vicReg', name, weight as Real, 0, Infinity);
  return tf.tidy(() => {
    const [first, second] = [branch(z1_ND), branch(z2_ND)];
    const invariance = tf.mean(tf.squaredDifference(z1_ND, z2_ND)) as Scalar;
    const variance = tf.div(tf.add(first.variance, second.variance), 2) as Scalar;
    const covariance = tf.add(first.covariance, second.covariance) as Scalar;
    const loss = tf.addN([
      tf.mul(invariance, o.invarianceWeight),
      tf.mul(variance, o.varianceWeight),
      tf.mul(covariance, o.covarianceWeight),
    ]) as Scalar;
    return { loss, invariance, variance, covariance };
  });
}

function branch(z_ND: Tensor2D): { variance: Scalar; covariance: Scalar } {
  const [N, D] = z_ND.shape;
  const centred_ND = tf.sub(z_ND, tf.mean(z_ND, 0, true)) as Tensor2D;
  const variance_D = tf.div(tf.sum(tf.square(centred_ND), 0), N - 1);
  const shortfall = tf.mean(tf.relu(tf.sub(1, tf.sqrt(tf.add(variance_D, 1e-4)))));
  const covariance_DD = tf.div(tf.matMul(centred_ND, centred_ND, true, false), N - 1);
  const offDiagonal_DD = tf.mul(tf.square(covariance_DD), tf.sub(1, tf.eye(D)));
  return { variance: shortfall as Scalar, covariance: tf.div(tf.sum(offDiagonal_DD), D) as Scalar };
}
