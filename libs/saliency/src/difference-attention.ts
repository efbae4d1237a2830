import {
  checkShape,
  tf,
  type Scalar,
  type Tensor,
  type Tensor2D,
  type Tensor3D,
  type Tensor4D,
} from '@fovea/tensorflow';
import { camOf } from './cam-of.ts';
import type { TappedNetwork } from './contrastive-cam.ts';
import { normaliseMaps } from './normalise-maps.ts';
import { withDefaults } from './options.ts';
import { constantOf, stopGradient } from './stop-gradient.ts';
import { gradientAtTap, type TapNetwork } from './tap-network.ts';

/** Switches of difference attention; everything that the sources leave open is one. */
export interface DifferenceAttentionOptions {
  /** `gradient` of the difference score, or `features`: sum over channels of |A(x) - A(x_m)|, without a gradient. */
  form: 'gradient' | 'features';
  /** Difference of the embeddings: sum of |d| above the threshold, 1 - cos(z, z_m), or mean d^2. Unused by form `features`. */
  score: 'thresholded' | 'cosine' | 'l2';
  /** For `thresholded`: a number; `mean` of |d| per image; or the largest `topK` entries of |d| per image. */
  threshold: number | 'mean' | { readonly topK: number };
  /** Width of a soft threshold, |d| sigmoid((|d| - t) / soft); 0 is hard. */
  soft: number;
  /** No gradient through the masked image's features when a loss on the map is differentiated. */
  stopMasked: boolean;
  /** Drop what speaks against the difference. */
  relu: boolean;
}

/** Defaults of {@link differenceAttention}. */
export const DIFFERENCE_ATTENTION_DEFAULTS: DifferenceAttentionOptions = {
  form: 'gradient',
  score: 'thresholded',
  threshold: 0,
  soft: 0,
  stopMasked: true,
  relu: true,
};

/** The map and the scalar it explains. */
export interface DifferenceAttention {
  readonly map: Tensor3D; // [N, h, w], in [0, 1]
  /** Difference score, summed over images. */
  readonly difference: Scalar;
}

/**
 * [RECON] VDA, difference attention: where a network looks for what masking an image's salient region took away.
 *
 * z = embed(A(x)), z_m = embed(A(x_m)), d = z - z_m, s = sum |d_i| 1[|d_i| > t]; a_c = spatial mean of d s / d A_c(x);
 * map = relu(sum_c a_c A_c), min-max per image. With `form: 'features'`: map = sum_c |A_c(x) - A_c(x_m)|, min-max.
 *
 * The map is differentiable, through the inner gradient too; DiDA's loss compares it with the mask. Where x_m = x the map is all zero.
 *
 * The thresholded score and the gradient with respect to a feature map are in the authors' patent (US 12,646,289: commercial users check);
 * the threshold's value, the normalisation and everything else are a reconstruction.
 *
 * @param features_NHWC - tap of the image // [N, h, w, C]
 * @param masked_NHWC - the same tap of the masked image (see `maskOut`) // [N, h, w, C]
 * @param embed - tap to embedding // [N, h, w, C] -> [N, D]
 * @throws Error for shapes that differ and options out of range
 * @see Agarwal et al. 2023 (arXiv 2306.14603), abstract
 */
export function differenceAttention(
  features_NHWC: Tensor4D,
  masked_NHWC: Tensor4D,
  embed: TappedNetwork['embed'],
  options?: Partial<DifferenceAttentionOptions>,
): DifferenceAttention {
  const { N, h, w, C } = checkShape(
    features_NHWC,
    ['N', 'h', 'w', 'C'],
    'differenceAttention: features_NHWC',
  );
  checkShape(masked_NHWC, [N, h, w, C], 'differenceAttention: masked_NHWC');
  const o = withDefaults(options, DIFFERENCE_ATTENTION_DEFAULTS, 'differenceAttention');
  checkOptions(o);
  return tf.tidy(() => {
    const masked = o.stopMasked ? stopGradient(masked_NHWC) : masked_NHWC;
    if (o.form === 'features') {
      const raw = features_NHWC.sub(masked).abs().sum(3) as Tensor3D;
      return { map: normaliseMaps(raw), difference: raw.sum() as Scalar };
    }
    const embedded = embed(masked);
    const score = (A: Tensor): Scalar => differenceScore(embed(A as Tensor4D), embedded, o);
    const gradient = tf.grad(score)(features_NHWC);
    const { map } = camOf(features_NHWC, gradient.mean([1, 2]) as Tensor2D, o.relu);
    return { map, difference: score(features_NHWC) };
  });
}

/**
 * [RECON] {@link differenceAttention} at any tap of a network, which itself leads from the tap to the embedding.
 *
 * @param images_NHWC - // [N, H, W, 3]
 * @param masked_NHWC - the same images without their salient region (see `maskOut`)
 * @throws Error for shapes that differ, options out of range, and a tap that the embedding does not depend on
 */
export function differenceAttentionAtTap(
  network: TapNetwork,
  images_NHWC: Tensor4D,
  masked_NHWC: Tensor4D,
  options?: Partial<DifferenceAttentionOptions>,
): DifferenceAttention {
  const [N, H, W, C] = images_NHWC.shape;
  checkShape(masked_NHWC, [N, H, W, C], 'differenceAttentionAtTap: masked_NHWC');
  const o = withDefaults(options, DIFFERENCE_ATTENTION_DEFAULTS, 'differenceAttentionAtTap');
  checkOptions(o);
  return tf.tidy(() => {
    const { tap, embedding } = network.run(images_NHWC);
    const other = network.run(masked_NHWC);
    const features = network.grid(tap, images_NHWC);
    if (o.form === 'features') {
      const unused = (A: Tensor4D): Tensor2D => A.mean([1, 2]);
      const { map, difference } = differenceAttention(
        features,
        network.grid(other.tap, masked_NHWC),
        unused,
        o,
      );
      return { map, difference };
    }
    const masked = o.stopMasked ? stopGradient(other.embedding) : other.embedding;
    const gradient = gradientAtTap(() => {
      const inner = network.run(images_NHWC);
      return { tap: inner.tap, score: differenceScore(inner.embedding, masked, o) };
    });
    const weights = network.grid(gradient, images_NHWC).mean([1, 2]) as Tensor2D;
    const { map } = camOf(features, weights, o.relu);
    return { map, difference: differenceScore(embedding, masked, o) };
  });
}

function differenceScore(z_ND: Tensor2D, masked_ND: Tensor2D, o: DifferenceAttentionOptions): Scalar {
  if (o.score === 'cosine') {
    const norms = z_ND.norm(2, 1).mul(masked_ND.norm(2, 1)).maximum(1e-8);
    return tf.scalar(1).sub(z_ND.mul(masked_ND).sum(1).div(norms)).sum() as Scalar;
  }
  const d = z_ND.sub(masked_ND);
  if (o.score === 'l2') return d.square().mean(1).sum() as Scalar;
  const size = d.abs();
  const threshold = thresholdOf(size as Tensor2D, o.threshold);
  const kept =
    o.soft > 0
      ? size.sub(threshold).div(o.soft).sigmoid()
      : constantOf(size.sub(threshold), (above) => above.greater(0).toFloat());
  return size.mul(kept).sum() as Scalar;
}

/** The threshold of each image, constant to gradients. */
function thresholdOf(size_ND: Tensor2D, threshold: DifferenceAttentionOptions['threshold']): Tensor {
  if (typeof threshold === 'number') return tf.scalar(threshold);
  if (threshold === 'mean') return constantOf(size_ND, (size) => size.mean(1, true));
  const [N, D] = size_ND.shape;
  const { topK } = threshold;
  if (topK >= D) return tf.scalar(0);
  return constantOf(size_ND, (size) => tf.topk(size, topK + 1).values.slice([0, topK], [N, 1]));
}

function checkOptions({ form, score, threshold, soft }: DifferenceAttentionOptions): void {
  if (form !== 'gradient' && form !== 'features') {
    throw new Error(`differenceAttention: form must be gradient or features, got ${String(form)}.`);
  }
  if (score !== 'thresholded' && score !== 'cosine' && score !== 'l2') {
    throw new Error(`differenceAttention: score must be thresholded, cosine or l2, got ${String(score)}.`);
  }
  const fits =
    threshold === 'mean' ||
    (typeof threshold === 'number' ? threshold >= 0 : Number.isInteger(threshold.topK) && threshold.topK > 0);
  if (!fits) {
    throw new Error(
      `differenceAttention: threshold must be a number >= 0, 'mean' or { topK }, got ${JSON.stringify(threshold)}.`,
    );
  }
  if (!(soft >= 0)) throw new Error(`differenceAttention: soft must be >= 0, got ${soft}.`);
}
