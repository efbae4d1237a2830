import type { Backbone } from '@fovea/backbones';
import { blendAttention, dida as didaLoss, type DidaOptions } from '@fovea/losses';
import { differenceAttention, type DifferenceAttentionOptions } from '@fovea/saliency';
import { tf, type Scalar, type Tensor, type Tensor2D, type Tensor3D, type Tensor4D } from '@fovea/tensorflow';
import { globalViews, type BackboneOptions, type Encoder } from './encoder.ts';
import type { Learner } from './learner.ts';
import { method, type Given, type Method } from './method.ts';

/** Switches of the attention loss. */
export interface AttentionSettings extends DifferenceAttentionOptions {
  /** Weight lambda of the attention loss beside the method's own. */
  readonly weight: number;
  /** Tap of the backbone that the map is made of: `last`, or, with form `features`, any of its taps with rows and columns. */
  readonly layer: string;
  /** What the difference is taken of: pooled features, or the projector's embedding of them. */
  readonly embedding: 'pooled' | 'projected';
  /** How map and mask are compared. */
  readonly distance: NonNullable<DidaOptions['distance']>;
  /** Batch norm in the two passes that make the map: running statistics, or those of images and masked images together. */
  readonly mode: 'eval' | 'train';
}

/** What DiDA adds to a method's options. */
export interface DidaSettings {
  readonly attention: AttentionSettings;
}

/**
 * [RECON] DiDA: beside the method's own loss, the difference attention of the trained network must cover the salient region.
 *
 *     d = f(x) - f(x_m),  s = sum |d_i| 1[|d_i| > t],  a_c = mean over positions of d s / d A_c,  map = minmax relu sum_c a_c A_c
 *     L = ( L_method + lambda (1 - cos(map, mask)) ) / (1 + lambda)
 *
 * x_m is the view without its salient region, the mask is the region at the map's size. The map stays differentiable, the inner gradient
 * included. An image whose mask is empty has an all-zero map and takes no part in the attention loss. Of a vision transformer the
 * embedding is the mean patch token: its class token does not depend on the last patch tokens.
 *
 * Views: the method's; the view source gives `masks` and `masked` beside them. State: the method's. Costs two more forward passes.
 *
 * Source: Agarwal et al. 2023 (arXiv 2306.14603), abstract, and the claims of US 12,646,289 (a patent on difference attention: commercial users
 * check). Threshold, normalisation, distance, weight (CAST's 3) and layer are a reconstruction.
 *
 * @param over - a method whose learner has `trained`: MoCo, BYOL, DINO and others
 */
export function diDa<Options extends { backbone: BackboneOptions }>(
  over: Method<Options>,
): Method<Options & DidaSettings> {
  const name = `dida-${over.name}`;
  return method<Options & DidaSettings>({
    ...over,
    name,
    title: `DiDA over ${over.title}`,
    paper:
      'Agarwal et al., "Learning with difference attention for visually grounded self-supervised representations", arXiv 2306.14603',
    equation: `( ${over.equation}  +  lambda (1 - cos(VDA, mask)) ) / (1 + lambda)`,
    source: `abstract, claims of US 12,646,289; ${over.source}`,
    needs: [...over.needs, 'masks', 'masked'],
    tags: ['RECON'],
    reconstruction: 'threshold, normalisation, distance, weight and layer of the attention loss [RECON]',
    file: 'dida.ts',
    defaults: { ...over.defaults, attention: ATTENTION } as unknown as Omit<
      Options & DidaSettings,
      'backbone'
    >,
    build: ({ attention, ...own }, key) =>
      attentive(over.make(own as unknown as Given<Options>, key), name, over.globalViews, attention),
  });
}

const ATTENTION: AttentionSettings = {
  weight: 3,
  layer: 'last',
  embedding: 'pooled',
  distance: 'cosine',
  mode: 'eval',
  form: 'gradient',
  score: 'thresholded',
  threshold: 0,
  soft: 0,
  stopMasked: true,
  relu: true,
};

function attentive(inner: Learner, name: string, count: number, settings: AttentionSettings): Learner {
  const { trained } = inner;
  if (trained === undefined) throw new Error(`diDa: ${inner.name} does not show its trained network.`);
  if (settings.layer !== 'last' && settings.form === 'gradient') {
    throw new Error(
      `diDa: the gradient form takes the last map, got layer '${settings.layer}'; take form 'features' for others.`,
    );
  }
  return {
    ...inner,
    name,
    needs: [...inner.needs, 'masks', 'masked'],
    loss: (batch, targets, context) => {
      const own = inner.loss(batch, targets, context);
      const [images, masked] = [batch.views[0], batch.extras.masked].map((views) =>
        flattened(globalViews([views], count)),
      ) as [Tensor4D, Tensor4D];
      const mask_NHW = flattened(globalMasks(batch.extras.masks, count)) as Tensor3D;
      const { map, mask } = attentionOf(trained, images, masked, mask_NHW, settings);
      const attention = overSalient(map, mask, settings.distance);
      return {
        loss: blendAttention(own.loss, attention, settings.weight),
        carry: own.carry,
        metrics: { ...own.metrics, method: own.loss, attention },
      };
    },
    collapsedLoss: undefined,
  };
}

/** Difference attention maps and the masks at their size, [N, h, w]. */
function attentionOf(
  { backbone, projector }: Encoder,
  images: Tensor4D,
  masked: Tensor4D,
  mask_NHW: Tensor3D,
  { layer, embedding, mode, form, score, threshold, soft, stopMasked, relu }: AttentionSettings,
): { map: Tensor3D; mask: Tensor3D } {
  const features = tapOf(backbone, layer, tf.concat([images, masked]), mode);
  const [A, A_m] = tf.split(features, 2) as [Tensor4D, Tensor4D];
  const embed = (tap: Tensor4D): Tensor2D => {
    const pooled: Tensor2D = tf.mean(tap, [1, 2]);
    return embedding === 'pooled' ? pooled : projector.forward(pooled, mode);
  };
  const { map } = differenceAttention(A, A_m, embed, { form, score, threshold, soft, stopMasked, relu });
  return { map, mask: shrunk(mask_NHW, [A.shape[1], A.shape[2]]) };
}

function tapOf(backbone: Backbone, layer: string, images: Tensor, mode: 'eval' | 'train'): Tensor {
  const tap =
    layer === 'last' ? backbone.featureMap(images, mode) : backbone.forwardTaps(images, mode, [layer])[layer];
  if (tap.rank !== 4)
    throw new Error(`diDa: layer '${layer}' is no map: it has shape [${tap.shape.join(', ')}].`);
  return tap;
}

/** The attention loss over the images with a salient region; 0 where none has one. */
function overSalient(map: Tensor3D, mask: Tensor3D, distance: AttentionSettings['distance']): Scalar {
  const images = map.shape[0];
  const present_N11 = tf.cast(tf.greater(tf.max(mask, [1, 2], true), 0), 'float32');
  // Where there is no region, map and mask are all 1: every distance is 0 there.
  const [here, there] = [map, mask].map((x) => tf.add(tf.mul(x, present_N11), tf.sub(1, present_N11))) as [
    Tensor3D,
    Tensor3D,
  ];
  const share = tf.div(images, tf.maximum(tf.sum(present_N11), 1));
  return tf.mul(didaLoss(here, there, { distance }), share);
}

/** Masks at the size of a map: means over its cells. */
export function shrunk(mask_NHW: Tensor3D, [h, w]: readonly [number, number]): Tensor3D {
  const [images, height, width] = mask_NHW.shape;
  const mask_NHW1 = tf.reshape(mask_NHW, [images, height, width, 1]) as Tensor4D;
  const [y, x] = [height / h, width / w];
  const small =
    Number.isInteger(y) && Number.isInteger(x)
      ? tf.avgPool(mask_NHW1, [y, x], [y, x], 'valid')
      : tf.image.resizeBilinear(mask_NHW1, [h, w], false, true);
  return tf.reshape(small, [images, h, w]);
}

/** The first masks, [count, B, H, W]. */
export function globalMasks(masks_VBHW: Tensor, count: number): Tensor {
  const [, ...shape] = masks_VBHW.shape;
  return tf.slice(masks_VBHW, [0, 0, 0, 0], [count, ...shape]);
}

/** [V, B, ...] to [V B, ...]. */
function flattened(views: Tensor): Tensor {
  const [count, batch, ...shape] = views.shape;
  return tf.reshape(views, [count * batch, ...shape]);
}
