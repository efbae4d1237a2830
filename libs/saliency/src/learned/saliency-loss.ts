import { checkShape, tf, type Scalar, type Tensor } from '@fovea/tensorflow';
import { structuralSimilarity } from './structural-similarity.ts';

/** The terms of {@link saliencyLoss}. */
export interface SaliencyLoss {
  /** Sum over the outputs of bce + ssim + iou. */
  readonly loss: Scalar;
  /** Terms of the first output. */
  readonly bce: Scalar;
  readonly ssim: Scalar;
  readonly iou: Scalar;
}

/**
 * BASNet's loss: for every output binary cross-entropy, structural dissimilarity and soft intersection over union.
 *
 *     p = sigmoid(logits)
 *     bce  = mean of -(y log p + (1 - y) log(1 - p))
 *     ssim = 1 - mean SSIM(p, y), window 11
 *     iou  = 1 - mean over images of sum(p y) / sum(p + y - p y)
 *
 * An image without salient pixel has iou 1 whatever is predicted, up to 1e-6.
 *
 * @param outputs - logits of every output, the final one first // [N, H, W, 1] each
 * @param masks_NHWC - targets in [0, 1], soft ones too // [N, H, W, 1]
 * @throws Error for no output and shapes that differ
 * @see Qin et al. 2019 (BASNet), section 3.4
 *
 * @example
 * const { loss } = saliencyLoss(network.forward(images, 'train'), masks);
 */
export function saliencyLoss(outputs: readonly Tensor[], masks_NHWC: Tensor): SaliencyLoss {
  const { N, H, W } = checkShape(masks_NHWC, ['N', 'H', 'W', 1], 'saliencyLoss: masks_NHWC');
  if (outputs.length === 0) throw new Error('saliencyLoss: outputs must hold at least one tensor, got none.');
  return tf.tidy(() => {
    const terms = outputs.map((logits, index) => {
      checkShape(logits, [N, H, W, 1], `saliencyLoss: outputs[${index}]`);
      return termsOf(logits, masks_NHWC);
    });
    const loss = tf.addN(terms.flatMap(({ bce, ssim, iou }) => [bce, ssim, iou]));
    return { ...terms[0], loss: loss as Scalar };
  });
}

function termsOf(logits: Tensor, y: Tensor): { bce: Scalar; ssim: Scalar; iou: Scalar } {
  const p = tf.sigmoid(logits);
  // log(1 + exp(x)) - x y, in the form that does not overflow.
  const bce = tf.mean(tf.sub(tf.softplus(logits), tf.mul(logits, y))) as Scalar;
  const ssim = tf.sub(1, tf.mean(structuralSimilarity(p, y))) as Scalar;
  const both = tf.sum(tf.mul(p, y), [1, 2, 3]);
  const either = tf.sub(tf.sum(tf.add(p, y), [1, 2, 3]), both);
  const iou = tf.sub(1, tf.mean(tf.div(both, tf.add(either, 1e-6)))) as Scalar;
  return { bce, ssim, iou };
}
