import { checkShape, tf, type Scalar, type Tensor2D } from '@fovea/tensorflow';
import { checkSameShape } from './helpers/check-same-shape.ts';
import { checkRange, resolveOptions, type Real } from './helpers/options.ts';
import { stopGradient } from './helpers/stop-gradient.ts';

export interface SgclOptions {
  /** Weight of the local crops. Default 1. */
  readonly lambda?: Real;
}

const defaults: Required<SgclOptions> = { lambda: 1 };

/**
 * [RECON] SGCL: the loss of each local crop is weighted by how salient its region is.
 *
 *     L = L_global + lambda mean over images of 1/K sum over crops k of w_k l_k,   w_k = K s_k / sum over j of s_j
 *
 * Weights are constants of mean 1 for each image, so equal scores give exactly the unguided multi-crop loss. The terms l_k are of any
 * learner: `byolPerImage` (BYOL) or `mocoInfoNcePerImage` (MoCo), between a crop and a view or another crop of the same image.
 *
 * @param globalLoss - loss of the global views, of the same learner
 * @param local_KB - l_k of the K crops of each of B images
 * @param scores_KB - mean saliency inside each crop, >= 0
 * @throws Error for shapes that differ and lambda < 0
 *
 * Source: Chen et al. 2023 (arXiv 2302.11461), abstract only: that losses of crops are reweighed by their saliency scores is the paper's,
 * the formula is a reconstruction.
 *
 * @example
 * sgcl(tf.scalar(1), tf.tensor2d([[2], [4]]), tf.tensor2d([[0.3], [0.1]])); // 3.5 = 1 + (1.5 * 2 + 0.5 * 4) / 2
 */
export function sgcl(
  globalLoss: Scalar,
  local_KB: Tensor2D,
  scores_KB: Tensor2D,
  options: SgclOptions = {},
): Scalar {
  const { lambda } = resolveOptions('sgcl', options, defaults);
  checkSameShape('sgcl', ['K', 'B'], { local_KB, scores_KB });
  checkRange('sgcl', 'lambda', lambda, 0, Number.MAX_VALUE);
  return tf.tidy(() => {
    const local = tf.mean(tf.mul(local_KB, sgclWeights(scores_KB)));
    return tf.add(globalLoss, tf.mul(local, lambda)) as Scalar;
  });
}

/**
 * [RECON] Weights of crops by their scores, K s_k / sum of s, mean 1 over the crops of each image; all 1 where no crop is salient. Constant.
 *
 * @param scores_KB - >= 0
 */
export function sgclWeights(scores_KB: Tensor2D): Tensor2D {
  const { K } = checkShape(scores_KB, ['K', 'B'], 'sgclWeights: scores_KB');
  return tf.tidy(() => {
    const scores = stopGradient(scores_KB);
    const total_1B = tf.sum(scores, 0, true);
    const none_1B = tf.cast(tf.equal(total_1B, 0), 'float32');
    // Where no crop is salient every score is taken as 1, whose sum is K.
    const share = tf.div(tf.add(scores, none_1B), tf.add(total_1B, tf.mul(none_1B, K)));
    return tf.mul(share, K) as Tensor2D;
  });
}
