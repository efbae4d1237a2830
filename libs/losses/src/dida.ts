import { tf, type Scalar, type Tensor, type Tensor3D } from '@fovea/tensorflow';
import { attentionCosine } from './attention-cosine.ts';
import { checkSameShape } from './helpers/check-same-shape.ts';
import { resolveOptions } from './helpers/options.ts';
import { stopGradient } from './helpers/stop-gradient.ts';

export interface DidaOptions {
  /** How the map is compared with the mask. Default cosine, as in CAST. */
  readonly distance?: 'cosine' | 'mse' | 'softIou' | 'bce';
}

const defaults: Required<DidaOptions> = { distance: 'cosine' };

/** Probabilities are kept this far from 0 and 1 by `bce`, and unions this far from 0 by `softIou`. */
const EPSILON = 1e-6;

/**
 * [RECON] Difference attention loss of DiDA: the difference attention map must cover the salient region.
 *
 *     cosine    mean over images of 1 - cos(map, mask)
 *     mse       mean over all pixels of (map - mask)^2
 *     softIou   mean over images of 1 - (sum map mask + e) / (sum (map + mask - map mask) + e),  e = 1e-6
 *     bce       mean over all pixels of -(mask log map + (1 - mask) log(1 - map)), map kept in [e, 1 - e]
 *
 * The mask is a constant; gradients pass through the map, and through the inner gradient that made it (second order). The map and its
 * difference score are `differenceAttention` of @fovea/saliency. Join with the learner's loss by `blendAttention`.
 *
 * @param map_BHW - difference attention maps, in [0, 1]
 * @param mask_BHW - saliency masks of the same size, in [0, 1]
 * @throws Error for shapes that differ and an unknown distance
 *
 * Source: Agarwal et al. 2023 (arXiv 2306.14603), abstract only: the distance is a reconstruction after CAST, which the others vary. The
 * authors hold a patent on difference attention (US 12,646,289); commercial users check.
 *
 * @example
 * dida(tf.ones([2, 3, 3]), tf.ones([2, 3, 3]), { distance: 'softIou' }); // 0
 */
export function dida(map_BHW: Tensor3D, mask_BHW: Tensor3D, options: DidaOptions = {}): Scalar {
  const { distance } = resolveOptions('dida', options, defaults);
  checkSameShape('dida', ['B', 'H', 'W'], { map_BHW, mask_BHW });
  const compare = distances[distance] as Distance | undefined;
  if (!compare) {
    const known = Object.keys(distances).join(', ');
    throw new Error(`dida: distance must be one of ${known}, got ${distance}.`);
  }
  return tf.tidy(() => compare(map_BHW, stopGradient(mask_BHW)));
}

type Distance = (map: Tensor3D, mask: Tensor3D) => Scalar;

const distances: Readonly<Record<NonNullable<DidaOptions['distance']>, Distance>> = {
  cosine: (map, mask) => attentionCosine(map, mask, { over: 'image' }),
  mse: (map, mask) => tf.mean(tf.squaredDifference(map, mask)) as Scalar,
  softIou: (map, mask) => {
    const overPixels = (x: Tensor) => tf.add(tf.sum(x, [1, 2]), EPSILON);
    const both = tf.mul(map, mask);
    const ratio_B = tf.div(overPixels(both), overPixels(tf.sub(tf.add(map, mask), both)));
    return tf.sub(1, tf.mean(ratio_B)) as Scalar;
  },
  bce: (map, mask) => {
    const p = tf.clipByValue(map, EPSILON, 1 - EPSILON);
    const inside = tf.mul(mask, tf.log(p));
    const outside = tf.mul(tf.sub(1, mask), tf.log(tf.sub(1, p)));
    return tf.neg(tf.mean(tf.add(inside, outside))) as Scalar;
  },
};
