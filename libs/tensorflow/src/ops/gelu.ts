import type { Tensor } from '@tensorflow/tfjs';
import { hasOwnKernels, nodeBackend } from '../backend.ts';
import { tf } from '../tf.ts';
import { nativeKernel } from './native-kernel.ts';

/** Options of `gelu`. */
export interface GeluOptions {
  /** `none` (default): the exact form with erf; `tanh`: the approximation of BERT and GPT. */
  readonly approximate?: 'none' | 'tanh';
}

const TANH_SCALE = Math.sqrt(2 / Math.PI);
const TANH_CUBE = 0.044715;

/**
 * Gaussian error linear unit.
 *
 *     none: x Phi(x) = x (1 + erf(x / sqrt 2)) / 2        tanh: x (1 + tanh(sqrt(2/pi) (x + 0.044715 x^3))) / 2
 *
 * Differentiable any number of times; the exact form takes its gradient, Phi(x) + x phi(x), in closed form. On the CPU a kernel of our own
 * makes one pass over memory of either; Phi keeps its relative precision in the left tail, where 1 + erf has none.
 *
 * @param x - float32, any shape
 *
 * Source: Hendrycks and Gimpel 2016; checked against PyTorch's.
 *
 * @example
 * gelu(tf.tensor1d([0])).arraySync(); // [0]
 */
export function gelu<T extends Tensor>(x: T, options: GeluOptions = {}): T {
  const { approximate = 'none' } = options;
  if (approximate === 'none') return (hasOwnKernels() ? forward({ x }, {})[0] : composite(x)) as T;
  if (approximate !== 'tanh') {
    throw new Error(`gelu: approximate must be "none" or "tanh", got "${String(approximate)}".`);
  }
  return tf.tidy(() => {
    const inner = tf.mul(tf.add(x, tf.mul(tf.mul(tf.square(x), x), TANH_CUBE)), TANH_SCALE);
    return tf.mul(tf.mul(x, 0.5), tf.add(tf.tanh(inner), 1)) as T;
  });
}

const composite = tf.customGrad((input, save) => {
  const x = input as Tensor;
  (save as (tensors: Tensor[]) => void)([x]);
  return {
    value: tf.mul(x, normalCdf(x)),
    gradFunc: (dy, saved) => {
      const [x] = saved as Tensor[];
      const density = normalDensity(x);
      return tf.mul(dy, tf.add(normalCdf(x), tf.mul(x, density)));
    },
  };
});

function normalCdf(x: Tensor): Tensor {
  return tf.mul(tf.add(tf.erf(tf.mul(x, Math.SQRT1_2)), 1), 0.5);
}

/** exp(-(x / sqrt 2)^2 - ln sqrt(2 pi)): one pass over memory less than with a factor, and x / sqrt 2 is there. */
function normalDensity(x: Tensor): Tensor {
  return tf.exp(tf.sub(-Math.log(2 * Math.PI) / 2, tf.square(tf.mul(x, Math.SQRT1_2))));
}

const forward = nativeKernel<'x', object>({
  name: 'FoveaGelu',
  forward: ({ x }) => nodeBackend().executeSingleOutput('FoveaGelu', [], [x]),
  gradient: {
    inputsToSave: ['x'],
    outputsToSave: [],
    backward: ([dy], [x]) => ({ x: backward({ dy, x }, {})[0] }),
  },
});

const backward: (inputs: { dy: Tensor; x: Tensor }, attributes: object) => Tensor[] = nativeKernel<
  'dy' | 'x',
  object
>({
  name: 'FoveaGeluGrad',
  forward: ({ dy, x }) => nodeBackend().executeSingleOutput('FoveaGeluGrad', [], [dy, x]),
  gradient: {
    inputsToSave: ['dy', 'x'],
    outputsToSave: [],
    // The derivative of Phi(x) + x phi(x) is phi(x) (2 - x^2).
    backward: ([u], [dy, x]) => ({
      dy: () => backward({ dy: u, x }, {})[0],
      x: () => tf.mul(tf.mul(u, dy), tf.mul(normalDensity(x), tf.sub(2, tf.square(x)))),
    }),
  },
});
