import { depthwiseConv, gelu, layerNorm, relu, tf, type Tensor, type Tensor2D } from '@fovea/tensorflow';
import { ones, truncatedNormal02, zeros } from '../layers/initialisers.ts';
import type { Parameters } from '../layers/parameters.ts';

const HEAD = 32; // channels of an attention head
const MIXER_RATIO = 2; // of the separable convolution
const MLP_RATIO = 4;
const KERNEL = 7;

/** Form of a MetaFormer block. */
export interface CaformerBlockOptions {
  readonly dim: number;
  /** What mixes places: an inverted separable convolution, or self-attention with heads of 32 channels. */
  readonly mixer: 'convolution' | 'attention';
  /** `star-relu`: s relu(x)^2 + b with learnt numbers s and b; BAM takes `gelu`. */
  readonly activation: 'star-relu' | 'gelu';
  /** Learns a factor of each channel of the shortcut, from 1 on. */
  readonly residualScale: boolean;
  /** What a learnt factor of each channel of a branch starts as; null: none. */
  readonly layerScale: number | null;
}

type Map = (x_NHWC: Tensor) => Tensor;

/**
 * MetaFormer block over maps [N, H, W, dim].
 *
 *     x <- r1 x + l1 mixer(LN x),  x <- r2 x + l2 fc2(act(fc1(LN x)))
 *     convolution:  mixer(x) = pw2(dw7x7(act(pw1 x))), 2 dim channels inside;   attention:  proj(softmax(q k^T / sqrt(32)) v)
 *
 * Layer norm over channels, without shift, epsilon 1e-6; no biases; timm's names.
 *
 * @throws Error when attention's heads of 32 channels do not divide dim
 *
 * Source: Yu et al. 2024 (MetaFormer baselines), sections 3.1 and 3.2; timm's `MetaFormerBlock`, against which it is compared.
 */
export function caformerBlock(parameters: Parameters, options: CaformerBlockOptions): Map {
  const { dim, mixer, activation } = options;
  if (mixer === 'attention' && dim % HEAD !== 0) {
    throw new Error(`caformerBlock: dim must be a multiple of ${HEAD} for attention, got ${dim}.`);
  }
  const norm1 = scaleNorm(parameters.within('norm1'), dim);
  const within = parameters.within('token_mixer');
  const mix = mixer === 'attention' ? attention(within, dim) : separable(within, dim, activation);
  const [branch1, shortcut1] = scales(parameters, 1, options);
  const norm2 = scaleNorm(parameters.within('norm2'), dim);
  const rank = mixer === 'attention' ? 2 : 4; // timm keeps weights over maps as 1x1 convolutions
  const mlp = parameters.within('mlp');
  const fc1 = pointwise(mlp, 'fc1', dim, MLP_RATIO * dim, rank);
  const act = activationOf(mlp, 'act', activation);
  const fc2 = pointwise(mlp, 'fc2', MLP_RATIO * dim, dim, rank);
  const [branch2, shortcut2] = scales(parameters, 2, options);
  return (x) => {
    const mixed = tf.add(shortcut1(x), branch1(mix(norm1(x))));
    return tf.add(shortcut2(mixed), branch2(fc2(act(fc1(norm2(mixed))))));
  };
}

/** Layer norm over channels without shift. */
export function scaleNorm(parameters: Parameters, dim: number): Map {
  const weight = parameters.weight('weight', [dim], ones);
  return (x) => layerNorm(x, weight, tf.zeros([dim]));
}

function separable(parameters: Parameters, dim: number, activation: 'star-relu' | 'gelu'): Map {
  const inner = MIXER_RATIO * dim;
  const enter = pointwise(parameters, 'pwconv1', dim, inner, 4);
  const act = activationOf(parameters, 'act1', activation);
  const depthwise = parameters.weight('dwconv.weight', [KERNEL, KERNEL, 1, inner], truncatedNormal02);
  const leave = pointwise(parameters, 'pwconv2', inner, dim, 4);
  return (x) => leave(depthwiseConv(act(enter(x)), tf.reshape(depthwise, [KERNEL, KERNEL, inner, 1])));
}

function attention(parameters: Parameters, dim: number): Map {
  const heads = dim / HEAD;
  const qkv = pointwise(parameters, 'qkv', dim, 3 * dim, 2);
  const proj = pointwise(parameters, 'proj', dim, dim, 2);
  return (x_NHWC) => {
    const [count, height, width] = x_NHWC.shape;
    const split = tf.reshape(qkv(x_NHWC), [count, height * width, 3, heads, HEAD]);
    const [q_NHTd, k_NHTd, v_NHTd] = tf.unstack(tf.transpose(split, [2, 0, 3, 1, 4]));
    const scores_NHTT = tf.mul(tf.matMul(q_NHTd, k_NHTd, false, true), HEAD ** -0.5);
    const mixed_NTHd = tf.transpose(tf.matMul(tf.softmax(scores_NHTT), v_NHTd), [0, 2, 1, 3]);
    return proj(tf.reshape(mixed_NTHd, [count, height, width, dim]));
  };
}

/** A linear map of every place's channels, its weight [inputs, outputs] or, of rank 4, [1, 1, inputs, outputs]. */
function pointwise(parameters: Parameters, name: string, inputs: number, outputs: number, rank: 2 | 4): Map {
  const shape = rank === 4 ? [1, 1, inputs, outputs] : [inputs, outputs];
  const weight = parameters.weight(`${name}.weight`, shape, truncatedNormal02);
  return (x) => {
    const rows = tf.matMul(tf.reshape(x, [-1, inputs]) as Tensor2D, tf.reshape(weight, [inputs, outputs]));
    return tf.reshape(rows, [...x.shape.slice(0, -1), outputs]);
  };
}

function activationOf(parameters: Parameters, name: string, kind: 'star-relu' | 'gelu'): Map {
  if (kind === 'gelu') return (x) => gelu(x);
  const scale = parameters.weight(`${name}.scale`, [1], ones);
  const bias = parameters.weight(`${name}.bias`, [1], zeros);
  return (x) => tf.add(tf.mul(tf.square(relu(x)), scale), bias);
}

/** Factors of the branch and of the shortcut. */
function scales(
  parameters: Parameters,
  place: 1 | 2,
  { dim, layerScale, residualScale }: CaformerBlockOptions,
): [branch: Map, shortcut: Map] {
  const factor = (name: string, start: number | null): Map => {
    if (start === null) return (x) => x;
    const scale = parameters.weight(`${name}${place}.scale`, [dim], (_, shape) => tf.fill(shape, start));
    return (x) => tf.mul(x, scale);
  };
  return [factor('layer_scale', layerScale), factor('res_scale', residualScale ? 1 : null)];
}
