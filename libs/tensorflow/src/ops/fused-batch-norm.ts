import type { Tensor, Tensor1D } from '@tensorflow/tfjs';
import { hasNativeOps, nodeBackend, type OpAttribute } from '../backend.ts';
import { tf } from '../tf.ts';
import { floatType, nativeKernel } from './native-kernel.ts';

/** Options of `fusedBatchNorm`. */
export interface FusedBatchNormOptions {
  /** Added to the variance; default 1e-5. */
  readonly epsilon?: number;
  /** Statistics to use instead of the batch's (frozen, or inference); give both or neither. */
  readonly mean?: Tensor;
  readonly variance?: Tensor;
}

/** Result of `fusedBatchNorm`. */
export interface FusedBatchNorm {
  /** Same shape as x. */
  readonly y: Tensor;
  /** The statistics used, [C]; of the batch in training, without gradient. */
  readonly mean: Tensor1D;
  /** For running averages: the batch's *unbiased* variance in training, [C]; the given one when frozen. */
  readonly variance: Tensor1D;
}

/**
 * Batch norm over the last axis.
 *
 *     y = gamma (x - mean) / sqrt(variance + epsilon) + beta
 *
 * In training, mean and biased variance are the batch's and carry gradient; with `mean` and `variance` given they are constants.
 * libtensorflow's FusedBatchNormV3 and its gradient do the work; on another backend a composite of tf ops with equal results.
 * The training form's gradient has a gradient itself, made of elementary ops.
 *
 * @param x - float32 [N, C] or [N, H, W, C]
 * @param gamma - [C]
 * @param beta - [C]
 * @throws Error when the rank of x is neither 2 nor 4, or only one of mean and variance is given
 *
 * Source: Ioffe and Szegedy 2015, algorithm 1; conventions of PyTorch's BatchNorm.
 *
 * @example
 * fusedBatchNorm(tf.tensor2d([[0], [2]]), tf.ones([1]), tf.zeros([1])).variance.arraySync(); // [2]
 */
export function fusedBatchNorm(
  x: Tensor,
  gamma: Tensor,
  beta: Tensor,
  options: FusedBatchNormOptions = {},
): FusedBatchNorm {
  const { epsilon = 1e-5, mean, variance } = options;
  if (x.rank !== 2 && x.rank !== 4) {
    throw new Error(`fusedBatchNorm: x must have shape [N, C] or [N, H, W, C], got [${x.shape.join(', ')}].`);
  }
  if ((mean === undefined) !== (variance === undefined)) {
    throw new Error(
      'fusedBatchNorm: give mean and variance together, or neither for the statistics of the batch.',
    );
  }
  const channels = x.shape[x.rank - 1];
  for (const [name, vector] of Object.entries({ gamma, beta, mean, variance })) {
    if (vector && (vector.rank !== 1 || vector.shape[0] !== channels)) {
      throw new Error(
        `fusedBatchNorm: ${name} must have shape [${channels}], got [${vector.shape.join(', ')}].`,
      );
    }
  }
  if (mean && variance) return frozen(x, gamma, beta, mean as Tensor1D, variance as Tensor1D, epsilon);
  if (!hasNativeOps()) return composite(x, gamma, beta, epsilon);
  const x_NHWC = x.rank === 4 ? x : tf.reshape(x, [x.shape[0], 1, 1, channels]);
  const [y, batchMean, batchVariance] = forward({ x: x_NHWC, gamma, beta }, { epsilon });
  return {
    y: x.rank === 4 ? y : tf.reshape(y, x.shape),
    mean: batchMean as Tensor1D,
    variance: batchVariance as Tensor1D,
  };
}

function frozen(
  x: Tensor,
  gamma: Tensor,
  beta: Tensor,
  mean: Tensor1D,
  variance: Tensor1D,
  epsilon: number,
): FusedBatchNorm {
  // An affine map per channel: two passes over x, fewer than any fused kernel needs with its gradient.
  const scale = tf.mul(gamma, tf.rsqrt(tf.add(variance, epsilon)));
  const shift = tf.sub(beta, tf.mul(mean, scale));
  return { y: tf.add(tf.mul(x, scale), shift), mean, variance };
}

function composite(x: Tensor, gamma: Tensor, beta: Tensor, epsilon: number): FusedBatchNorm {
  const axes = x.shape.slice(0, -1).map((_, axis) => axis);
  const { mean, variance } = tf.moments(x, axes);
  const y = tf.add(tf.mul(tf.mul(tf.sub(x, mean), tf.rsqrt(tf.add(variance, epsilon))), gamma), beta);
  const count = x.size / x.shape[x.rank - 1];
  const unbiased = tf.mul(variance, count / Math.max(count - 1, 1));
  return { y, mean: mean as Tensor1D, variance: unbiased as Tensor1D };
}

interface Attributes {
  epsilon: number;
}

const forward = nativeKernel<'x' | 'gamma' | 'beta', Attributes>({
  name: 'FoveaFusedBatchNorm',
  forward: ({ x, gamma, beta }, { epsilon }) => {
    const backend = nodeBackend();
    const none = tf.tensor1d([], 'float32');
    const factor = { name: 'exponential_avg_factor', type: backend.binding.TF_ATTR_FLOAT, value: 1 };
    const outputs = backend.executeMultipleOutputs(
      'FusedBatchNormV3',
      [...attributes(epsilon), factor],
      [x, gamma, beta, none, none],
      6,
    );
    none.dispose();
    return outputs;
  },
  gradient: {
    inputsToSave: ['x', 'gamma'],
    outputsToSave: [false, false, false, true, true, true],
    backward: ([dy], [x, gamma, ...reserve], { epsilon }) => {
      const [dx, dgamma, dbeta] = backward(
        { dy, x, gamma, mean: reserve[0], variance: reserve[1], extra: reserve[2] },
        { epsilon },
      );
      return { x: dx, gamma: dgamma, beta: dbeta };
    },
  },
});

const backward = nativeKernel<'dy' | 'x' | 'gamma' | 'mean' | 'variance' | 'extra', Attributes>({
  name: 'FoveaFusedBatchNormGrad',
  forward: ({ dy, x, gamma, mean, variance, extra }, { epsilon }) => {
    const [dx, dgamma, dbeta, ...rest] = nodeBackend().executeMultipleOutputs(
      'FusedBatchNormGradV3',
      attributes(epsilon),
      [dy, x, gamma, mean, variance, extra],
      5,
    );
    tf.dispose(rest);
    return [dx, dgamma, dbeta];
  },
  gradient: {
    inputsToSave: ['dy', 'x', 'gamma'],
    outputsToSave: [],
    backward: (cotangents, saved, { epsilon }) => secondOrder(cotangents, saved, epsilon),
  },
});

/**
 * Gradients of u.dx + p.dgamma + q.dbeta, where m is the mean over a channel's n entries, s = rsqrt(variance + epsilon):
 *
 *     to dy:    gamma s (u - m(u) - xhat m(u xhat)) + p xhat + q
 *     to gamma: sum of s u (dy - m(dy) - xhat m(dy xhat))
 *     to x:     s (e - m(e) - xhat m(e xhat)) - gamma s^2 K xhat
 *               e = p dy - gamma s (u m(dy xhat) + dy m(u xhat)),  K = m(u dy) - m(u) m(dy) - m(u xhat) m(dy xhat)
 */
function secondOrder(
  [u, p, q]: Tensor[],
  [dy, x, gamma]: Tensor[],
  epsilon: number,
): Record<'dy' | 'x' | 'gamma' | 'mean' | 'variance' | 'extra', Tensor> {
  const m = (value: Tensor) => tf.mean(value, [0, 1, 2]);
  const { mean, variance } = tf.moments(x, [0, 1, 2]);
  const s = tf.rsqrt(tf.add(variance, epsilon));
  const xhat = tf.mul(tf.sub(x, mean), s);
  const centred = (value: Tensor) => tf.sub(tf.sub(value, m(value)), tf.mul(xhat, m(tf.mul(value, xhat))));
  const [uxhat, dyxhat] = [m(tf.mul(u, xhat)), m(tf.mul(dy, xhat))];
  const gammaS = tf.mul(gamma, s);
  const e = tf.sub(tf.mul(p, dy), tf.mul(gammaS, tf.add(tf.mul(u, dyxhat), tf.mul(dy, uxhat))));
  const k = tf.sub(tf.sub(m(tf.mul(u, dy)), tf.mul(m(u), m(dy))), tf.mul(uxhat, dyxhat));
  return {
    dy: tf.add(tf.add(tf.mul(gammaS, centred(u)), tf.mul(p, xhat)), q),
    x: tf.sub(tf.mul(s, centred(e)), tf.mul(tf.mul(tf.mul(gammaS, s), k), xhat)),
    gamma: tf.sum(tf.mul(tf.mul(s, u), centred(dy)), [0, 1, 2]),
    // The reserved outputs are functions of x, which the line above differentiates.
    mean: tf.zerosLike(gamma),
    variance: tf.zerosLike(gamma),
    extra: tf.zeros([0]),
  };
}

function attributes(epsilon: number): OpAttribute[] {
  const { TF_ATTR_FLOAT, TF_ATTR_STRING, TF_ATTR_BOOL } = nodeBackend().binding;
  return [
    floatType('T'),
    floatType('U'),
    { name: 'epsilon', type: TF_ATTR_FLOAT, value: epsilon },
    { name: 'data_format', type: TF_ATTR_STRING, value: 'NHWC' },
    { name: 'is_training', type: TF_ATTR_BOOL, value: true },
  ];
}
