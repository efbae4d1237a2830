import { cosineSimilarity, tf, type Scalar, type Tensor3D } from '@fovea/tensorflow';
import { checkSameShape } from './helpers/check-same-shape.ts';
import { resolveOptions } from './helpers/options.ts';
import { stopGradient } from './helpers/stop-gradient.ts';

export interface AttentionCosineOptions {
  /** `batch`: the maps of all images are one vector, as in the source; `image`: mean over images. Default batch. */
  readonly over?: 'batch' | 'image';
}

const defaults: Required<AttentionCosineOptions> = { over: 'batch' };

/**
 * Attention supervision of CAST: the map must point where the mask does.
 *
 *     L = 1 - cos( vec(map), vec(mask) )
 *
 * The mask is a constant. A zero map or mask has cosine 0, loss 1.
 *
 * @param map_BHW - attention maps, differentiable
 * @param mask_BHW - saliency masks of the same size, in [0, 1]
 * @throws Error for shapes that differ and an unknown `over`
 *
 * Source: Selvaraju et al. 2021 (CAST), equation 4, and the authors' code (the whole batch as one vector).
 *
 * @example
 * attentionCosine(tf.ones([2, 3, 3]), tf.ones([2, 3, 3])); // 0
 */
export function attentionCosine(
  map_BHW: Tensor3D,
  mask_BHW: Tensor3D,
  options: AttentionCosineOptions = {},
): Scalar {
  const { over } = resolveOptions('attentionCosine', options, defaults);
  if (over !== 'batch' && over !== 'image') {
    throw new Error(`attentionCosine: over must be batch or image, got ${String(over)}.`);
  }
  const { B } = checkSameShape('attentionCosine', ['B', 'H', 'W'], { map_BHW, mask_BHW });
  const rows = over === 'batch' ? 1 : B;
  return tf.tidy(() => {
    const [map, mask] = [map_BHW, stopGradient(mask_BHW)].map((x) => tf.reshape(x, [rows, -1]));
    return tf.sub(1, tf.mean(cosineSimilarity(map, mask))) as Scalar;
  });
}
