import { checkShape, l2Normalize, logSoftmax, tf, type Scalar, type Tensor2D } from '@fovea/tensorflow';
import { logNormalizeRows } from './helpers/log-normalize.ts';
import { checkPositive, checkRange, checkWhole, resolveOptions, type Real } from './helpers/options.ts';
import { stopGradient } from './helpers/stop-gradient.ts';
import { balanceColumnsThenRows } from './sinkhorn.ts';

export interface MsnOptions {
  /** Softmax temperature of assignments. Default 0.1. */
  readonly temperature?: Real;
  /** Target assignments are raised to the power 1 / this and renormalised. Default 0.25. */
  readonly targetSharpenTemperature?: Real;
  /** Sinkhorn iterations on the targets, 0 for none. Default 0. */
  readonly sinkhornIterations?: number;
  /** Weight of the mean-entropy term. Default 1. */
  readonly regularizationWeight?: Real;
}

const defaults: Required<MsnOptions> = {
  temperature: 0.1,
  targetSharpenTemperature: 0.25,
  sinkhornIterations: 0,
  regularizationWeight: 1,
};

/**
 * Masked Siamese networks: masked views must be assigned to prototypes as the full view is, and the prototypes must share the images.
 *
 *     p(x) = softmax(n(x) n(C)^T / T);   t = p(target)^(1 / T_s), renormalised, then Sinkhorn-balanced if asked
 *     L = mean over anchors of -sum over k of t_k log p(anchor)_k + w ( log K - H( mean over anchors of p ) )
 *
 * Targets are constants, prototypes get their gradient through the anchors. All assignments uniform: log K; all images on one prototype: w log K.
 *
 * @param anchors_AD - A = R*B masked views, view-major [A, D]; normalised inside
 * @param targets_BD - full views [B, D], used once for each of the R anchors of an image
 * @param prototypes_KD - [K, D], normalised inside
 * @throws Error when A is not a multiple of B, for other shapes and for options out of range
 *
 * Source: Assran et al. 2022, equation 1, as in lightly's MSNLoss (entropy term shifted by log K to be >= 0).
 *
 * @example
 * msn(tf.ones([4, 2]), tf.ones([2, 2]), tf.ones([8, 2])); // 2.0794 = log 8
 */
export function msn(
  anchors_AD: Tensor2D,
  targets_BD: Tensor2D,
  prototypes_KD: Tensor2D,
  options: MsnOptions = {},
): Scalar {
  const { temperature, regularizationWeight } = resolveOptions('msn', options, defaults);
  const { A, D } = checkShape(anchors_AD, ['A', 'D'], 'msn: anchors_AD');
  const { B } = checkShape(targets_BD, ['B', D], 'msn: targets_BD');
  const { K } = checkShape(prototypes_KD, ['K', D], 'msn: prototypes_KD');
  if (A === 0 || A % B !== 0) {
    throw new Error(
      `msn: anchors_AD must hold the same number of views of each of the ${B} targets, got ${A} rows.`,
    );
  }
  checkRange('msn', 'regularizationWeight', regularizationWeight, 0, Infinity);
  return tf.tidy(() => {
    const targets_BK = msnTargets(targets_BD, prototypes_KD, options);
    const logAssignments_AK = logAssignments(anchors_AD, prototypes_KD, temperature);
    const targets_AK = tf.tile(targets_BK, [A / B, 1]);
    const crossEntropy = tf.div(tf.sum(tf.mul(targets_AK, logAssignments_AK)), -A);
    const mean_K = tf.mean(tf.exp(logAssignments_AK), 0);
    // The floor keeps 0 log 0 at 0, with a finite gradient.
    const negativeEntropy = tf.sum(tf.mul(mean_K, tf.log(tf.maximum(mean_K, 1e-30))));
    const regularizer = tf.mul(tf.add(negativeEntropy, Math.log(K)), regularizationWeight);
    return tf.add(crossEntropy, regularizer) as Scalar;
  });
}

/** The target assignments of `msn`, [B, K], constant; arguments as there. */
export function msnTargets(
  targets_BD: Tensor2D,
  prototypes_KD: Tensor2D,
  options: MsnOptions = {},
): Tensor2D {
  const o = resolveOptions('msn', options, defaults);
  checkPositive('msn', 'temperature', o.temperature);
  checkPositive('msn', 'targetSharpenTemperature', o.targetSharpenTemperature);
  checkWhole('msn', 'sinkhornIterations', o.sinkhornIterations, 0);
  return tf.tidy(() => {
    const log_BK = logAssignments(stopGradient(targets_BD), stopGradient(prototypes_KD), o.temperature);
    const sharp_BK = logNormalizeRows(tf.div(log_BK, o.targetSharpenTemperature) as Tensor2D);
    return tf.exp(balanceColumnsThenRows(sharp_BK, o.sinkhornIterations));
  });
}

function logAssignments(x_ND: Tensor2D, prototypes_KD: Tensor2D, temperature: Real): Tensor2D {
  const cosine_NK = tf.matMul(l2Normalize(x_ND), l2Normalize(prototypes_KD), false, true);
  return logSoftmax(tf.div(cosine_NK, temperature) as Tensor2D);
}
