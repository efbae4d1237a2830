import type { Tensor } from '@tensorflow/tfjs';
import { tf } from '../tf.ts';
import { biasActivation, sumToLast } from './bias-activation.ts';

/** Options of `layerNorm`. */
export interface LayerNormOptions {
  /** Added to the variance; default 1e-6, as in vision transformers. */
  readonly epsilon?: number;
}

/**
 * Layer norm over the last axis.
 *
 *     y = gamma (x - mean) / sqrt(variance + epsilon) + beta, mean and biased variance of each row
 *
 * The gradient is in closed form (two passes of reductions), and has a gradient itself.
 *
 * @param x - float32 [..., D]
 * @param gamma - [D]
 * @param beta - [D]
 * @throws Error when gamma or beta is not of the last axis' size
 *
 * Source: Ba et al. 2016; checked against PyTorch's layer_norm.
 *
 * @example
 * layerNorm(tf.tensor2d([[0, 2]]), tf.ones([2]), tf.zeros([2])).arraySync(); // [[-1, 1]]
 */
export function layerNorm<T extends Tensor>(
  x: T,
  gamma: Tensor,
  beta: Tensor,
  options: LayerNormOptions = {},
): T {
  const { epsilon = 1e-6 } = options;
  const size = x.shape[x.rank - 1];
  for (const [name, vector] of Object.entries({ gamma, beta })) {
    if (vector.rank !== 1 || vector.shape[0] !== size) {
      throw new Error(`layerNorm: ${name} must have shape [${size}], got [${vector.shape.join(', ')}].`);
    }
  }
  return tf.tidy(() => {
    const scaled = scale(standardise(epsilon)(x), gamma) as T;
    return x.rank > 1 ? biasActivation(scaled, beta) : tf.add(scaled, beta);
  });
}

/** x gamma, whose gradient to gamma is one fast sum. */
const scale = tf.customGrad(((...args: unknown[]) => {
  const [x, gamma, save] = args as [Tensor, Tensor, (tensors: Tensor[]) => void];
  save([x, gamma]);
  return {
    value: tf.mul(x, gamma),
    gradFunc: (dy: Tensor, saved: unknown) => {
      const [x, gamma] = saved as Tensor[];
      return [tf.mul(dy, gamma), sumToLast(tf.mul(dy, x))];
    },
  };
}) as Parameters<typeof tf.customGrad>[0]) as (x: Tensor, gamma: Tensor) => Tensor;

function standardise(epsilon: number): (x: Tensor) => Tensor {
  const parts = (x: Tensor): { xhat: Tensor; scale: Tensor } => {
    const mean = tf.mean(x, -1, true);
    const centred = tf.sub(x, mean);
    const scale = tf.rsqrt(tf.add(tf.mean(tf.square(centred), -1, true), epsilon));
    return { xhat: tf.mul(centred, scale), scale };
  };
  return tf.customGrad((input, save) => {
    const x = input as Tensor;
    (save as (tensors: Tensor[]) => void)([x]);
    return {
      value: parts(x).xhat,
      // Recomputes xhat from x: less memory, and the gradient's own gradient reaches x.
      gradFunc: (dy, saved) => {
        const { xhat, scale } = parts((saved as Tensor[])[0]);
        const along = tf.mul(xhat, tf.mean(tf.mul(dy, xhat), -1, true));
        return tf.mul(scale, tf.sub(tf.sub(dy, tf.mean(dy, -1, true)), along));
      },
    };
  }) as (x: Tensor) => Tensor;
}
