import type { Backbone, Vit } from '@fovea/backbones';
import { keyedUniform, topK, type Tensor, type Tensor2D } from '@fovea/tensorflow';

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
