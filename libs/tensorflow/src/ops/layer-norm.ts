import type { Tensor } from '@tensorflow/tfjs';
import { hasOwnKernels, nodeBackend, type OpAttribute } from '../backend.ts';
import { tf } from '../tf.ts';
import { biasActivation, sumToLast } from './bias-activation.ts';
import { nativeKernel } from './native-kernel.ts';

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
 * The gradient is in closed form, and has a gradient itself. On the CPU a kernel of our own makes one pass over memory of either.
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
  if (hasOwnKernels()) return forward({ x, gamma, beta }, { epsilon })[0] as T;
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

/** Rows at mean 0 and variance 1, and what they were divided by. */
function standardised(x: Tensor, epsilon: number): { xhat: Tensor; scale: Tensor } {
  const centred = tf.sub(x, tf.mean(x, -1, true));
  const scale = tf.rsqrt(tf.add(tf.mean(tf.square(centred), -1, true), epsilon));
  return { xhat: tf.mul(centred, scale), scale };
}

/** Gradient to x of g.xhat(x): s (g - m(g) - xhat m(g xhat)), m the mean of a row. */
function toRows(g: Tensor, { xhat, scale }: { xhat: Tensor; scale: Tensor }): Tensor {
  const along = tf.mul(xhat, tf.mean(tf.mul(g, xhat), -1, true));
  return tf.mul(scale, tf.sub(tf.sub(g, tf.mean(g, -1, true)), along));
}

function standardise(epsilon: number): (x: Tensor) => Tensor {
  return tf.customGrad((input, save) => {
    const x = input as Tensor;
    (save as (tensors: Tensor[]) => void)([x]);
    return {
      value: standardised(x, epsilon).xhat,
      // Recomputes xhat from x: less memory, and the gradient's own gradient reaches x.
      gradFunc: (dy, saved) => toRows(dy, standardised((saved as Tensor[])[0], epsilon)),
    };
  }) as (x: Tensor) => Tensor;
}

interface Attributes {
  epsilon: number;
}

const attributes = ({ epsilon }: Attributes): OpAttribute[] => [
  { name: 'epsilon', type: nodeBackend().binding.TF_ATTR_FLOAT, value: epsilon },
];

const forward = nativeKernel<'x' | 'gamma' | 'beta', Attributes>({
  name: 'FoveaLayerNorm',
  forward: ({ x, gamma, beta }, options) =>
    nodeBackend().executeSingleOutput('FoveaLayerNorm', attributes(options), [x, gamma, beta]),
  gradient: {
    inputsToSave: ['x', 'gamma'],
    outputsToSave: [],
    backward: ([dy], [x, gamma], options) => {
      const [dx, dgamma, dbeta] = backward({ dy, x, gamma }, options);
      return { x: dx, gamma: dgamma, beta: dbeta };
    },
  },
});

const backward = nativeKernel<'dy' | 'x' | 'gamma', Attributes>({
  name: 'FoveaLayerNormGrad',
  forward: ({ dy, x, gamma }, options) =>
    nodeBackend().executeMultipleOutputs('FoveaLayerNormGrad', attributes(options), [dy, x, gamma], 3),
  gradient: {
    inputsToSave: ['dy', 'x', 'gamma'],
    outputsToSave: [],
    backward: (cotangents, saved, { epsilon }) => secondOrder(cotangents, saved, epsilon),
  },
});

/**
 * Gradients of u.dx + p.dgamma + q.dbeta, where m is the mean over a row, g = gamma dy, D(v) = v - m(v) - xhat m(v xhat):
 *
 *     to dy:    gamma s D(u) + p xhat + q
 *     to gamma: sum over rows of dy s D(u)
 *     to x:     s D(e) - s^2 K xhat
 *               e = p dy - s (u m(g xhat) + g m(u xhat)),  K = m(u g) - m(u) m(g) - m(u xhat) m(g xhat)
 */
function secondOrder(
  [u, p, q]: Tensor[],
  [dy, x, gamma]: Tensor[],
  epsilon: number,
): Record<'dy' | 'x' | 'gamma', Tensor> {
  const m = (value: Tensor) => tf.mean(value, -1, true);
  const rows = standardised(x, epsilon);
  const { xhat, scale } = rows;
  const g = tf.mul(gamma, dy);
  const [uxhat, gxhat] = [m(tf.mul(u, xhat)), m(tf.mul(g, xhat))];
  const e = tf.sub(tf.mul(p, dy), tf.mul(scale, tf.add(tf.mul(u, gxhat), tf.mul(g, uxhat))));
  const k = tf.sub(tf.sub(m(tf.mul(u, g)), tf.mul(m(u), m(g))), tf.mul(uxhat, gxhat));
  const toG = toRows(u, rows);
  return {
    dy: tf.add(tf.add(tf.mul(gamma, toG), tf.mul(p, xhat)), q),
    x: tf.sub(toRows(e, rows), tf.mul(tf.mul(tf.square(scale), k), xhat)),
    gamma: sumToLast(tf.mul(dy, toG)),
  };
}
