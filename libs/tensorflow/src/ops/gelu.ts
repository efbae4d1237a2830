import type { Tensor } from '@tensorflow/tfjs';
import { tf } from '../tf.ts';

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
 * Differentiable any number of times; the exact form takes its gradient, Phi(x) + x phi(x), in closed form.
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
  if (approximate === 'none') return exact(x) as T;
  if (approximate !== 'tanh') {
    throw new Error(`gelu: approximate must be "none" or "tanh", got "${String(approximate)}".`);
  }
  return tf.tidy(() => {
    const inner = tf.mul(tf.add(x, tf.mul(tf.mul(tf.square(x), x), TANH_CUBE)), TANH_SCALE);
    return tf.mul(tf.mul(x, 0.5), tf.add(tf.tanh(inner), 1)) as T;
  });
}

const exact = tf.customGrad((input, save) => {
  const x = input as Tensor;
  (save as (tensors: Tensor[]) => void)([x]);
  return {
    value: tf.mul(x, normalCdf(x)),
    gradFunc: (dy, saved) => {
      const [x] = saved as Tensor[];
      // phi(x) = exp(-(x / sqrt 2)^2 - ln sqrt(2 pi)): one pass over memory less than with a factor, and x / sqrt 2 is there.
      const density = tf.exp(tf.sub(-Math.log(2 * Math.PI) / 2, tf.square(tf.mul(x, Math.SQRT1_2))));
      return tf.mul(dy, tf.add(normalCdf(x), tf.mul(x, density)));
    },
  };
});

function normalCdf(x: Tensor): Tensor {
  return tf.mul(tf.add(tf.erf(tf.mul(x, Math.SQRT1_2)), 1), 0.5);
}
