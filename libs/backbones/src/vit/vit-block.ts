import {
  biasActivation,
  checkShape,
  gelu,
  layerNorm,
  tf,
  type Tensor,
  type Tensor3D,
  type Tensor4D,
} from '@fovea/tensorflow';
import { ones, xavierUniform, zeros } from '../layers/initialisers.ts';
import type { Parameters } from '../layers/parameters.ts';

const EPSILON = 1e-6;

/** Sizes of a transformer block. */
export interface VitBlockOptions {
  readonly dim: number;
  /** Divides dim. */
  readonly heads: number;
  /** Hidden width of the MLP over dim. */
  readonly mlpRatio: number;
}

/** Tokens after a block, and what each attended to. */
export interface VitBlockOutput {
  readonly tokens_NTD: Tensor3D;
  /** Softmax of q k^T / sqrt(dim / heads): [N, heads, T, T], rows sum to 1. */
  readonly attention_NHTT: Tensor4D;
}

/**
 * Pre-norm transformer block over tokens [N, T, dim], the class token first.
 *
 *     x <- x + proj(softmax(q k^T / sqrt(dim / heads)) v),  (q, k, v) = qkv(LN1 x)
 *     x <- x + fc2(gelu(fc1(LN2 x)))
 *
 * Exact (erf) GELU, layer norm with 1e-6, biases everywhere; timm's names. Source: timm's `Block`, against whose vectors it is tested.
 *
 * @throws Error when heads does not divide dim
 */
export function vitBlock(parameters: Parameters, options: VitBlockOptions): (x: Tensor) => VitBlockOutput {
  const { dim, heads, mlpRatio } = options;
  if (dim % heads !== 0) throw new Error(`vitBlock: heads must divide dim ${dim}, got ${heads}.`);
  const hidden = Math.round(dim * mlpRatio);
  const norm1 = norm(parameters.within('norm1'), dim);
  const qkv = dense(parameters.within('attn.qkv'), dim, 3 * dim, 3);
  const proj = dense(parameters.within('attn.proj'), dim, dim);
  const norm2 = norm(parameters.within('norm2'), dim);
  const fc1 = dense(parameters.within('mlp.fc1'), dim, hidden);
  const fc2 = dense(parameters.within('mlp.fc2'), hidden, dim);

  return (x_NTD) => {
    const { N, T } = checkShape(x_NTD, ['N', 'T', dim], 'vitBlock: x_NTD');
    const split = tf.reshape(qkv(norm1(x_NTD)), [N, T, 3, heads, dim / heads]);
    const [q_NHTd, k_NHTd, v_NHTd] = tf.unstack(tf.transpose(split, [2, 0, 3, 1, 4])) as [
      Tensor4D,
      Tensor4D,
      Tensor4D,
    ];
    const scores_NHTT = tf.mul(tf.matMul(q_NHTd, k_NHTd, false, true), (dim / heads) ** -0.5);
    const attention_NHTT = tf.softmax(scores_NHTT) as Tensor4D;
    const mixed_NTHd = tf.transpose(tf.matMul(attention_NHTT, v_NHTd), [0, 2, 1, 3]);
    const attended_NTD = tf.add(x_NTD, proj(tf.reshape(mixed_NTHd, [N, T, dim])));
    const tokens_NTD: Tensor3D = tf.add(attended_NTD, fc2(gelu(fc1(norm2(attended_NTD)))));
    return { tokens_NTD, attention_NHTT };
  };
}

/** Layer norm over the last axis with its variables `weight` and `bias`. */
export function norm(parameters: Parameters, dim: number): (x: Tensor) => Tensor {
  const gamma = parameters.weight('weight', [dim], ones);
  const beta = parameters.weight('bias', [dim], zeros);
  return (x) => layerNorm(x, gamma, beta, { epsilon: EPSILON });
}

/** A linear layer over tokens, initialised as `layers` layers side by side. */
function dense(parameters: Parameters, inputs: number, outputs: number, layers = 1): (x: Tensor) => Tensor {
  const weight = parameters.weight('weight', [inputs, outputs], xavierUniform(layers));
  const bias = parameters.weight('bias', [outputs], zeros);
  return (x_NTI) => {
    const [count, tokens] = x_NTI.shape;
    const rows = tf.matMul(
      tf.reshape(x_NTI, [count * tokens, inputs]),
      weight as unknown as ReturnType<typeof tf.tensor2d>,
    );
    return tf.reshape(biasActivation(rows, bias), [count, tokens, outputs]);
  };
}
