import type { Key } from '@fovea/random';
import {
  checkShape,
  gatherRows,
  tf,
  type Tensor,
  type Tensor2D,
  type Tensor3D,
  type Tensor4D,
} from '@fovea/tensorflow';
import type { Backbone } from '../backbone.ts';
import { checkOptions } from '../check-options.ts';
import { tinyNormal, truncatedNormal02, zeros } from '../layers/initialisers.ts';
import { Parameters, type Mode } from '../layers/parameters.ts';
import { Taps } from '../taps.ts';
import { patchEmbedding } from './patch-embedding.ts';
import { resamplePositions } from './resample-positions.ts';
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
  /**
   * `sin-cos` (default): fixed sine-cosine positions, for any grid of patches. `{ learned: side }`: learnt positions on a grid of `side` x
   * `side` patches, resampled for images of other sizes.
   */
  readonly positions?: 'sin-cos' | { readonly learned: number };
  /** Keeps the patch projection as drawn, as MoCo v3 and BAM do; default true. */
  readonly frozenPatches?: boolean;
  /** Adds a learnt token that `masked` patches are replaced by (iBOT); default false. */
  readonly maskToken?: boolean;
  /** Blocks, where fewer than the published 12 are wanted. */
  readonly depth?: number;
  /** Width of the tokens, where another than the size's own is wanted; its heads divide it. */
  readonly dim?: number;
}

const OPTIONS = ['size', 'patch', 'positions', 'frozenPatches', 'maskToken', 'depth', 'dim'];

/** What becomes of the patches between embedding and first block. */
export interface PatchSelection {
  /** Patches that enter, row-major numbers in the grid, int32 [N, K]; the others are dropped. Default: all. */
  readonly kept?: Tensor;
  /** 1 where the mask token stands in for a patch, [N, P]; needs `maskToken`. */
  readonly masked?: Tensor;
}

/** A vision transformer: a backbone whose features are the class token's. */
export interface Vit extends Backbone {
  readonly heads: number;
  readonly depth: number;
  /** Attention of a block [N, heads, T, T], the class token first; default the last block. */
  attention(images: Tensor, block?: number): Tensor4D;
  /** Normalised tokens behind the last block [N, 1 + K, dim], the class token first. */
  tokens(images: Tensor, selection?: PatchSelection): Tensor3D;
  forward(images: Tensor, mode: Mode, selection?: PatchSelection): Tensor2D;
  forwardTaps<Name extends string>(
    images: Tensor,
    mode: Mode,
    names: readonly Name[],
    selection?: PatchSelection,
  ): Readonly<Record<Name, Tensor>>;
}

/**
 * Vision transformer with a class token, for images of any size that the patch divides.
 *
 * `forward` gives the class token after the last norm, `featureMap` the patch tokens on their grid [N, h, w, dim]; timm's names, with
 * linear weights [in, out]. There is no batch norm and no dropout: `train` and `eval` are the same function. Taps: `embedding`, then
 * `attention0` [N, heads, T, T] and `block0` [N, T, dim] and so on, `class` [N, dim], `patches` [N, K, dim].
 *
 * @throws Error for an unknown option or size, for images that the patch does not divide, and for masks without a mask token
 *
 * Source: Dosovitskiy et al. 2021; MoCo v3's and BAM's form by default (fixed positions, frozen patch projection). Checked against timm.
 *
 * @example
 * const backbone = vit({ size: 'tiny', patch: 4, depth: 2 }, key(0));
 * backbone.forward(tf.zeros([2, 32, 32, 3]), 'eval').shape; // [2, 192]
 * backbone.forwardTaps(tf.zeros([2, 32, 16, 3]), 'eval', ['attention0']).attention0.shape; // [2, 3, 33, 33]
 */
export function vit(options: VitOptions, key: Key): Vit {
  check(options);
  const { size, patch, positions = 'sin-cos', frozenPatches = true, maskToken = false } = options;
  const { dim = SIZES[size].dim, depth = SIZES[size].depth } = options;
  const { heads } = SIZES[size];
  const parameters = new Parameters(key);
  const classToken = parameters.weight('cls_token', [1, 1, dim], tinyNormal);
  const learned =
    positions === 'sin-cos'
      ? undefined
      : parameters.weight('pos_embed', [1, 1 + positions.learned ** 2, dim], truncatedNormal02);
  const mask_1D = maskToken ? parameters.weight('masked_embed', [1, dim], zeros) : undefined;
  const embed = patchEmbedding(parameters.within('patch_embed'), { patch, dim, frozen: frozenPatches });
  const blocks = Array.from({ length: depth }, (_, index) =>
    vitBlock(parameters.within(`blocks.${index}`), { dim, heads, mlpRatio: 4 }),
  );
  const last = norm(parameters.within('norm'), dim);
  const taps = tapsOf(depth);

  const positionsOf = (height: number, width: number): Tensor2D =>
    learned === undefined
      ? sinCosPositionEmbedding({ height: width, width: height, dim }) // whose columns come first: on one grid the same
      : resamplePositions(tf.reshape(learned, [-1, dim]) as Tensor2D, height, width);

  const start = (images: Tensor, { kept, masked }: PatchSelection): Tensor => {
    const { N, H, W } = checkShape(images, ['N', 'H', 'W', 3], 'vit: images');
    let x_NPD = embed(images);
    const patches = x_NPD.shape[1];
    if (masked !== undefined) {
      if (mask_1D === undefined) throw new Error('vit: masked needs the option maskToken: true.');
      checkShape(masked, [N, patches], 'vit: masked');
      const m_NP1 = tf.expandDims(tf.cast(masked, 'float32'), 2);
      x_NPD = tf.add(tf.mul(x_NPD, tf.sub(1, m_NP1)), tf.mul(m_NP1, mask_1D));
    }
    const position = positionsOf(H / patch, W / patch);
    const first = tf.add(classToken, tf.slice(position, [0, 0], [1, dim]));
    x_NPD = tf.add(x_NPD, tf.slice(position, [1, 0]));
    if (kept !== undefined) x_NPD = keep(x_NPD, kept);
    return tf.concat([tf.tile(first, [N, 1, 1]), x_NPD], 1);
  };

  const run = (images: Tensor, selection: PatchSelection = {}, wanted?: Taps): Tensor3D => {
    checkOptions('vit: selection', selection, ['kept', 'masked']);
    let x_NTD = start(images, selection);
    wanted?.keep('embedding', x_NTD);
    for (const [index, block] of blocks.entries()) {
      if (wanted?.done) return x_NTD as Tensor3D;
      const { tokens_NTD, attention_NHTT } = block(x_NTD);
      x_NTD = tokens_NTD;
      wanted?.keep(`attention${index}`, attention_NHTT);
      wanted?.keep(`block${index}`, tokens_NTD);
    }
    return last(x_NTD) as Tensor3D;
  };
  const classOf = (tokens_NTD: Tensor): Tensor2D =>
    tf.reshape(tf.slice(tokens_NTD, [0, 0, 0], [-1, 1, -1]), [tokens_NTD.shape[0], dim]);
  const patchesOf = (tokens_NTD: Tensor): Tensor => tf.slice(tokens_NTD, [0, 1, 0]);

  const forwardTaps = <Name extends string>(
    images: Tensor,
    names: readonly Name[],
    selection?: PatchSelection,
  ): Record<Name, Tensor> => {
    const wanted = new Taps('vit', taps, names);
    const tokens = run(images, selection, wanted);
    if (!wanted.done) {
      wanted.keep('class', classOf(tokens));
      wanted.keep('patches', patchesOf(tokens));
    }
    return wanted.all(names);
  };
  return {
    name: nameOf(options, depth),
    parameters,
    features: dim,
    heads,
    depth,
    taps,
    forward: (images, _, selection) => classOf(run(images, selection)),
    tokens: run,
    featureMap: (images) => {
      const [count, height, width] = images.shape;
      return tf.reshape(patchesOf(run(images)), [count, height / patch, width / patch, dim]);
    },
    attention: (images, block = depth - 1) => {
      const name = `attention${block}`;
      return forwardTaps(images, [name])[name] as Tensor4D;
    },
    forwardTaps: (images, _, names, selection) => forwardTaps(images, names, selection),
  };
}

/** The patches of each image that its row of `kept` names. */
function keep(x_NPD: Tensor, kept_NK: Tensor): Tensor3D {
  const [count, patches, dim] = x_NPD.shape;
  const { K } = checkShape(kept_NK, [count, 'K'], 'vit: kept');
  const offsets = tf.mul(tf.reshape(tf.range(0, count, 1, 'int32'), [count, 1]), tf.scalar(patches, 'int32'));
  const places = tf.reshape(tf.add(kept_NK, offsets), [count * K]);
  const rows = gatherRows(tf.reshape(x_NPD, [count * patches, dim]), tf.cast(places, 'int32'));
  return tf.reshape(rows, [count, K, dim]);
}

function tapsOf(depth: number): string[] {
  const blocks = Array.from({ length: depth }, (_, index) => [`attention${index}`, `block${index}`]);
  return ['embedding', ...blocks.flat(), 'class', 'patches'];
}

function nameOf({ size, patch, positions, dim, maskToken }: VitOptions, depth: number): string {
  const departures = [
    dim && `w${dim}`,
    typeof positions === 'object' && `learned${positions.learned}`,
    maskToken && 'mask-token',
  ];
  return [`vit-${size}-p${patch}-d${depth}`, ...departures.filter(Boolean)].join('-');
}

function check(options: VitOptions): void {
  const { size, positions = 'sin-cos' } = options;
  checkOptions('vit', options, OPTIONS);
  if (!Object.hasOwn(SIZES, size)) {
    throw new Error(`vit: size must be one of ${Object.keys(SIZES).join(', ')}, got '${size}'.`);
  }
  const side = positions === 'sin-cos' ? 1 : positions.learned;
  if (!Number.isInteger(side) || side < 1) {
    throw new Error(
      `vit: positions must be 'sin-cos' or { learned: side of the grid }, got ${JSON.stringify(positions)}.`,
    );
  }
}
