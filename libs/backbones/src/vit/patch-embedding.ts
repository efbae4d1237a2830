import {
  biasActivation,
  checkShape,
  randomUniform,
  tf,
  type Tensor,
  type Tensor3D,
  type Tensor4D,
} from '@fovea/tensorflow';
import { zeros } from '../layers/initialisers.ts';
import type { Parameters } from '../layers/parameters.ts';

/**
 * Non-overlapping patches as tokens: images [N, H, W, 3] to [N, (H / patch)(W / patch), dim], row-major; variables `proj.weight`, `proj.bias`.
 *
 * Initial weights are uniform within sqrt(6 / (3 patch^2 + dim)), as MoCo v3 draws them; with `frozen` they stay as drawn.
 *
 * @throws Error when a side is no multiple of the patch
 *
 * Source: timm's `PatchEmbed`, against whose vectors it is tested.
 */
export function patchEmbedding(
  parameters: Parameters,
  options: { readonly patch: number; readonly dim: number; readonly frozen: boolean },
): (images: Tensor) => Tensor3D {
  const { patch, dim, frozen } = options;
  const bound = Math.sqrt(6 / (3 * patch * patch + dim));
  const set = frozen ? parameters.constant.bind(parameters) : parameters.weight.bind(parameters);
  const weight = set('proj.weight', [patch, patch, 3, dim], (key, shape) =>
    randomUniform(key, shape, -bound, bound),
  );
  const bias = set('proj.bias', [dim], zeros);
  return (images) => {
    const { H, W } = checkShape(images, ['N', 'H', 'W', 3], 'patchEmbedding: images');
    if (H % patch !== 0 || W % patch !== 0) {
      throw new Error(`patchEmbedding: images of ${H} x ${W} pixels do not divide into patches of ${patch}.`);
    }
    const map_NhwD = tf.conv2d(images as Tensor4D, weight as unknown as Tensor4D, patch, 'valid');
    const [count, height, width] = map_NhwD.shape;
    return biasActivation(tf.reshape(map_NhwD, [count, height * width, dim]), bias);
  };
}
