import type { Key } from '@fovea/random';
import { checkShape, tf, type Tensor, type Tensor2D, type Tensor3D, type Tensor4D } from '@fovea/tensorflow';
import type { Backbone } from '../backbone.ts';
import { truncatedNormal02 } from '../layers/initialisers.ts';
import { Parameters } from '../layers/parameters.ts';
import { patchEmbedding } from './patch-embedding.ts';
import { sinCosPositionEmbedding } from './sin-cos-position-embedding.ts';
import { norm, vitBlock } from './vit-block.ts';

const SIZES = {
  tiny: { dim: 192, depth: 12, heads: 3 },
  small: { dim: 384, depth: 12, heads: 6 },
  /** ViT-S of MoCo v3 and BAM. */
  'small-12-heads': { dim: 384, depth: 12, heads: 12 },
  base: { dim: 768, depth: 12, heads: 12 },
} as const;

/** What makes a vision transformer. */
export interface VitOptions {
  readonly size: keyof typeof SIZES;
  /** Side of a patch in pixels. */
  readonly patch: number;
  /** Keeps the patch projection as drawn, as MoCo v3 and BAM do; default true. */
  readonly frozenPatches?: boolean;
  /** Blocks, where fewer than the published 12 are wanted. */
  readonly depth?: number;
}

/** A vision transformer: a backbone whose features are the class token's. */
export interface Vit extends Backbone {
  /** Attention of the last block [N, heads, T, T], the class token first. */
  attention(images: Tensor): Tensor4D;
}

/**
 * Vision transformer with a class token and fixed sine-cosine positions, for square images of any size that the patch divides.
 *
 * `forward` gives the class token after the last norm, `featureMap` the patch tokens on their grid [N, h, w, dim]; timm's names, with
 * linear weights [in, out]. There is no batch norm and no dropout: `train` and `eval` are the same function.
 *
 * @throws Error for an unknown size, and for images that are not square
 *
 * Source: Dosovitskiy et al. 2021; MoCo v3's and BAM's form (fixed positions, frozen patch projection).
 *
 * @example
 * vit({ size: 'tiny', patch: 4, depth: 2 }, key(0)).forward(tf.zeros([2, 32, 32, 3]), 'eval').shape; // [2, 192]
 */
export function vit(options: VitOptions, key: Key): Vit {
  const { size, patch, frozenPatches = true } = options;
  if (!Object.hasOwn(SIZES, size)) {
    throw new Error(`vit: size must be one of ${Object.keys(SIZES).join(', ')}, got '${size}'.`);
  }
  const { dim, heads } = SIZES[size];
  const depth = options.depth ?? SIZES[size].depth;
  const parameters = new Parameters(key);
  const classToken = parameters.weight('cls_token', [1, 1, dim], truncatedNormal02);
  const embed = patchEmbedding(parameters.within('patch_embed'), { patch, dim, frozen: frozenPatches });
  const blocks = Array.from({ length: depth }, (_, index) =>
    vitBlock(parameters.within(`blocks.${index}`), { dim, heads, mlpRatio: 4 }),
  );
  const last = norm(parameters.within('norm'), dim);

  const run = (images: Tensor): { tokens_NTD: Tensor3D; attention_NHTT: Tensor4D; side: number } => {
    const { N, S } = checkShape(images, ['N', 'S', 'S', 3], 'vit: images');
    const side = S / patch;
    const patches_NPD = embed(images);
    const start = tf.concat([tf.tile(classToken, [N, 1, 1]), patches_NPD], 1);
    let x_NTD: Tensor = tf.add(start, sinCosPositionEmbedding({ height: side, width: side, dim }));
    let attention_NHTT: Tensor | undefined;
    for (const block of blocks) ({ tokens_NTD: x_NTD, attention_NHTT } = block(x_NTD));
    return { tokens_NTD: last(x_NTD) as Tensor3D, attention_NHTT: attention_NHTT as Tensor4D, side };
  };
  return {
    name: `vit-${size}-p${patch}-d${depth}`,
    parameters,
    features: dim,
    forward: (images) => {
      const { tokens_NTD } = run(images);
      return tf.reshape(tf.slice(tokens_NTD, [0, 0, 0], [-1, 1, -1]), [tokens_NTD.shape[0], dim]) as Tensor2D;
    },
    featureMap: (images) => {
      const { tokens_NTD, side } = run(images);
      return tf.reshape(tf.slice(tokens_NTD, [0, 1, 0]), [tokens_NTD.shape[0], side, side, dim]);
    },
    attention: (images) => run(images).attention_NHTT,
  };
}
