import type { Key } from '@fovea/random';
import { checkShape, layerNorm, paddedConv, tf, type Tensor, type Tensor2D } from '@fovea/tensorflow';
import type { Backbone } from '../backbone.ts';
import { checkOptions } from '../check-options.ts';
import { ones, truncatedNormal02, zeros } from '../layers/initialisers.ts';
import { Parameters } from '../layers/parameters.ts';
import { Taps } from '../taps.ts';
import { caformerBlock, scaleNorm } from './caformer-block.ts';

const SIZES = {
  s18: { depths: [3, 3, 9, 3], dims: [64, 128, 320, 512] },
  s36: { depths: [3, 12, 18, 3], dims: [64, 128, 320, 512] },
  m36: { depths: [3, 12, 18, 3], dims: [96, 192, 384, 576] },
  b36: { depths: [3, 12, 18, 3], dims: [128, 256, 512, 768] },
} as const;

const STEMS = { imagenet: { kernel: 7, stride: 4, padding: 2 }, cifar: { kernel: 3, stride: 1, padding: 1 } };

type Four<T> = readonly [T, T, T, T];

/** What makes a CAFormer. */
export interface CaformerOptions {
  readonly size: keyof typeof SIZES;
  /** Of images: `imagenet` 7x7 with stride 4; `cifar` 3x3 with stride 1, for 32 pixels. Default imagenet. */
  readonly stem?: keyof typeof STEMS;
  /** Blocks of each stage, where others than the published ones are wanted. */
  readonly depths?: Four<number>;
  /** Channels of each stage, likewise; those of the last two are multiples of 32. */
  readonly dims?: Four<number>;
  /** Default star-relu; BAM takes gelu. */
  readonly activation?: 'star-relu' | 'gelu';
  /** Learnt factors of the shortcuts of the last two stages; default true; BAM has none. */
  readonly residualScale?: boolean;
  /** Start of learnt factors of every branch; null (default): none. */
  readonly layerScale?: number | null;
}

const OPTIONS = ['size', 'stem', 'depths', 'dims', 'activation', 'residualScale', 'layerScale'];

/**
 * CAFormer without its classifier: two stages of separable convolutions, two of self-attention; images [N, H, W, 3] to features [N, dims[3]].
 *
 * Each stage but the first halves the map (layer norm, 3x3 convolution with stride 2); features are the layer norm of the mean of the last map. BAM's
 * CAFormer-M36 is `{ size: 'm36', activation: 'gelu', residualScale: false }`. Variables have timm's names. Taps: `stem`, `stages.0.blocks.0`
 * and every other block, `stage1` to `stage4`, `pooled`.
 *
 * @throws Error for an unknown option, size or stem, and sizes that are no positive integers
 *
 * Source: Yu et al. 2024, "MetaFormer baselines for vision"; timm's `caformer_s18` … `caformer_b36`. Difference: no drop path.
 *
 * @example
 * const network = caformer({ size: 's18', dims: [8, 16, 32, 32], depths: [1, 1, 1, 1], stem: 'cifar' }, key(0));
 * network.forward(tf.zeros([2, 32, 32, 3]), 'eval').shape; // [2, 32]
 */
export function caformer(options: CaformerOptions, key: Key): Backbone {
  check(options);
  const {
    size,
    stem = 'imagenet',
    activation = 'star-relu',
    residualScale = true,
    layerScale = null,
  } = options;
  const { depths, dims } = { ...SIZES[size], ...defined(options) };
  const parameters = new Parameters(key);
  const layers: [name: string, layer: (x: Tensor) => Tensor][] = [
    ['stem', stemOf(parameters.within('stem'), dims[0], STEMS[stem])],
  ];
  depths.forEach((depth, stage) => {
    const [inputs, dim] = [dims[Math.max(0, stage - 1)], dims[stage]];
    const within = parameters.within(`stages.${stage}`);
    // As in timm: a stage as wide as the one before it does not halve the map.
    const down = inputs === dim ? null : halving(within.within('downsample'), inputs, dim);
    for (let index = 0; index < depth; index++) {
      const block = caformerBlock(within.within(`blocks.${index}`), {
        dim,
        mixer: stage < 2 ? 'convolution' : 'attention',
        activation,
        residualScale: residualScale && stage >= 2,
        layerScale,
      });
      const isFirst = index === 0 && down !== null;
      layers.push([`stages.${stage}.blocks.${index}`, isFirst ? (x) => block(down(x)) : block]);
    }
  });
  const features = dims[3];
  const gamma = parameters.weight('head.norm.weight', [features], ones);
  const beta = parameters.weight('head.norm.bias', [features], zeros);
  const stages = depths.flatMap((depth, stage) => [
    ...Array.from({ length: depth }, (_, index) => `stages.${stage}.blocks.${index}`),
    `stage${stage + 1}`,
  ]);
  const taps = ['stem', ...stages, 'pooled'];

  const run = (images: Tensor, wanted?: Taps): Tensor => {
    checkShape(images, ['N', 'H', 'W', 3], 'caformer: images');
    let x = images;
    for (const [name, layer] of layers) {
      x = layer(x);
      wanted?.keep(name, x);
      const after = taps[taps.indexOf(name) + 1];
      if (after.startsWith('stage') && !after.startsWith('stages.')) wanted?.keep(after, x);
      if (wanted?.done) return x;
    }
    return x;
  };
  const pooled = (map: Tensor): Tensor2D => layerNorm(tf.mean(map, [1, 2]), gamma, beta);
  return {
    name: nameOf(options),
    parameters,
    features,
    taps,
    featureMap: (images) => run(images),
    forward: (images) => pooled(run(images)),
    forwardTaps: (images, _mode, names) => {
      const wanted = new Taps('caformer', taps, names);
      const map = run(images, wanted);
      if (!wanted.done) wanted.keep('pooled', pooled(map));
      return wanted.all(names);
    },
  };
}

/** The published size of these depths and dims, if any. */
export function caformerSizeOf(
  depths: readonly number[],
  dims: readonly number[],
): keyof typeof SIZES | undefined {
  const known = Object.entries(SIZES) as [keyof typeof SIZES, { depths: Four<number>; dims: Four<number> }][];
  return known.find(([, own]) => own.depths.join() === depths.join() && own.dims.join() === dims.join())?.[0];
}

function stemOf(
  parameters: Parameters,
  dim: number,
  form: { kernel: number; stride: number; padding: number },
) {
  const conv = convolution(parameters, 3, dim, form);
  const norm = scaleNorm(parameters.within('norm'), dim);
  return (x: Tensor): Tensor => norm(conv(x));
}

function halving(parameters: Parameters, inputs: number, outputs: number) {
  const norm = scaleNorm(parameters.within('norm'), inputs);
  const conv = convolution(parameters, inputs, outputs, { kernel: 3, stride: 2, padding: 1 });
  return (x: Tensor): Tensor => conv(norm(x));
}

function convolution(
  parameters: Parameters,
  inputs: number,
  outputs: number,
  { kernel, ...form }: { kernel: number; stride: number; padding: number },
) {
  const weight = parameters.weight('conv.weight', [kernel, kernel, inputs, outputs], truncatedNormal02);
  const bias = parameters.weight('conv.bias', [outputs], zeros);
  return (x: Tensor): Tensor => tf.add(paddedConv(x, weight, form), bias);
}

/** The sizes that were given. */
function defined({ depths, dims }: CaformerOptions): { depths?: Four<number>; dims?: Four<number> } {
  return { ...(depths && { depths }), ...(dims && { dims }) };
}

function nameOf(options: CaformerOptions): string {
  const { size, stem = 'imagenet', depths, dims, activation, residualScale, layerScale } = options;
  const departures = [
    depths && `depths${depths.join('.')}`,
    dims && `dims${dims.join('.')}`,
    activation === 'gelu' && 'gelu',
    residualScale === false && 'no-residual-scale',
    typeof layerScale === 'number' && `layer-scale${layerScale}`,
  ];
  return [`caformer-${size}-${stem}`, ...departures.filter(Boolean)].join('-');
}

function check(options: CaformerOptions): void {
  checkOptions('caformer', options, OPTIONS);
  const { size, stem = 'imagenet', activation = 'star-relu', depths, dims } = options;
  const among = (name: string, value: string, known: readonly string[]): void => {
    if (!known.includes(value)) {
      throw new Error(`caformer: ${name} must be one of ${known.join(', ')}, got '${value}'.`);
    }
  };
  among('size', size, Object.keys(SIZES));
  among('stem', stem, Object.keys(STEMS));
  among('activation', activation, ['star-relu', 'gelu']);
  for (const [name, values] of Object.entries({ depths, dims })) {
    if (
      values !== undefined &&
      !(values.length === 4 && values.every((value) => Number.isInteger(value) && value > 0))
    ) {
      throw new Error(`caformer: ${name} must be four positive integers, got ${values.join(', ')}.`);
    }
  }
}
