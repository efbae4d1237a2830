import type { Backbone } from '@fovea/backbones';
import { backboneOf, type AnyMethod, type BackboneOptions, type ViewBatch } from '@fovea/methods';
import { tf, type Tensor, type Tensor2D } from '@fovea/tensorflow';

/** Weight of a cell outside of the mask: a view without foreground is pooled as a whole. */
const OUTSIDE = 1e-3;

/**
 * [RECON] DiLo's negative control: the background is left out of the features, not of the image.
 *
 *     f(x) = sum over cells of w_c A_c / sum of w_c,   w = mask at the map's size + 0.001
 *
 * Training pools the last map under the mask of each view; the evaluated network has no masks and pools everywhere. That masked features
 * are about 19 points worse than plain ones is reported by secondary notes; the form of the pooling is a reconstruction.
 *
 * @param over - a method whose learner reads its views in `prepare` and `loss` alone
 */
export function featureMasked(over: AnyMethod): AnyMethod {
  const name = `feature-masked-${over.name}`;
  return {
    ...over,
    name,
    title: `${over.title} with masked features`,
    needs: [...over.needs, 'masks'],
    tags: ['RECON'],
    reconstruction: 'how the mask weighs the cells of the last map [RECON]',
    make: ({ backbone, ...own }, key) => {
      const build = (own: typeof key): Backbone => maskable(backboneOf(backbone, own));
      const masking: BackboneOptions = { kind: 'custom', build };
      const inner = over.make({ ...own, backbone: masking }, key);
      return {
        ...inner,
        name,
        needs: [...inner.needs, 'masks'],
        prepare: (batch, context) => inner.prepare?.(withMasks(batch), context) ?? {},
        loss: (batch, targets, context) => inner.loss(withMasks(batch), targets, context),
      };
    },
  };
}

/** The network, whose features of images with a fourth channel are pooled under that channel. */
function maskable(backbone: Backbone): Backbone {
  const forward = (images: Tensor, mode: Parameters<Backbone['forward']>[1]): Tensor2D => {
    const [N, H, W, channels] = images.shape;
    if (channels === 3) return backbone.forward(images, mode);
    const map = backbone.featureMap(tf.slice(images, [0, 0, 0, 0], [N, H, W, 3]), mode);
    const [, h, w] = map.shape;
    const mask_NHW1: Tensor = tf.slice(images, [0, 0, 0, 3], [N, H, W, 1]);
    const [y, x] = [H / h, W / w];
    const weight_Nhw1 = tf.add(tf.avgPool(mask_NHW1 as never, [y, x], [y, x], 'valid'), OUTSIDE);
    return tf.div(tf.sum(tf.mul(map, weight_Nhw1), [1, 2]), tf.sum(weight_Nhw1, [1, 2]));
  };
  return { ...backbone, name: `${backbone.name}-maskable`, forward };
}

/** The global views with their masks as a fourth channel. */
function withMasks({ views: [globals, ...locals], extras }: ViewBatch): ViewBatch {
  const [V, B, H, W] = globals.shape;
  const masks = tf.slice(extras.masks, [0, 0, 0, 0], [V, B, H, W]);
  return { views: [tf.concat([globals, tf.reshape(masks, [V, B, H, W, 1])], 4), ...locals], extras };
}
