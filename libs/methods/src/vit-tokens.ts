import type { Backbone, Vit } from '@fovea/backbones';
import { keyedUniform, tf, topK, type Tensor, type Tensor2D } from '@fovea/tensorflow';

/**
 * The backbone as a vision transformer.
 *
 * @throws Error for another network, naming the method that needs tokens
 */
export function asVit(where: string, backbone: Backbone): Vit {
  if (!('tokens' in backbone)) {
    throw new Error(`${where}: backbone must be a vision transformer (kind 'vit'), got ${backbone.name}.`);
  }
  return backbone as Vit;
}

/** Numbers of `count` patches of each image, drawn without repetition, int32 [N, count]. */
export function drawnPatches(stepKey: Tensor, images: number, patches: number, count: number): Tensor2D {
  const order_NP = keyedUniform(stepKey, [images, patches]) as Tensor2D;
  return topK(order_NP, count).indices as Tensor2D;
}

/**
 * Random masks over patches, 1 where masked, [N, P]: each image draws its own share, 0 with probability `none`, else uniform in [low, high].
 *
 * The patches of a share are those with the smallest draws, so their number differs from share x P by chance.
 */
export function drawnMasks(
  stepKey: Tensor,
  images: number,
  patches: number,
  shares: { readonly none: number; readonly low: number; readonly high: number },
): Tensor2D {
  const draws = keyedUniform(stepKey, [images, patches + 2]) as Tensor2D;
  const [switch_N1, share_N1, patch_NP] = tf.split(draws, [1, 1, patches], 1);
  const on_N1 = tf.cast(tf.greaterEqual(switch_N1, shares.none), 'float32');
  const share = tf.mul(on_N1, tf.add(tf.mul(share_N1, shares.high - shares.low), shares.low));
  return tf.cast(tf.less(patch_NP, share), 'float32') as Tensor2D;
}
