import { tf, type Variable } from '@fovea/tensorflow';
import { checkOptions, checkRange, optimiser, type Optimiser, type ParameterGroups } from './optimiser.ts';

/** Options of `adamW`. */
export interface AdamWOptions extends ParameterGroups {
  /** Decay of the first moment, in [0, 1); default 0.9. */
  readonly beta1?: number;
  /** Decay of the second moment, in [0, 1); default 0.999. */
  readonly beta2?: number;
  /** Added to the root of the second moment; default 1e-8. */
  readonly epsilon?: number;
  /** wd of weights of two and more dimensions (see `decays`); default 0.01. */
  readonly weightDecay?: number;
}

/**
 * Adam with decoupled weight decay, and none of it on biases and norms.
 *
 *     p <- p (1 - lr wd);  m <- b1 m + (1 - b1) g;  v <- b2 v + (1 - b2) g^2
 *     p <- p - lr (m / (1 - b1^t)) / (sqrt(v / (1 - b2^t)) + epsilon)
 *
 * @throws RangeError for a beta outside of [0, 1) or a negative epsilon or weight decay
 *
 * Source: Loshchilov and Hutter 2019; PyTorch's AdamW, against whose vectors it is tested.
 *
 * @example
 * const { step } = adamW({ weightDecay: 0.05 });
 */
export function adamW(options: AdamWOptions = {}): Optimiser {
  checkOptions('adamW', options, ['beta1', 'beta2', 'epsilon', 'weightDecay', 'decays', 'rateScale']);
  const { beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8, weightDecay = 0.01 } = options;
  checkRange('adamW', { beta1, beta2 }, 1);
  checkRange('adamW', { epsilon, weightDecay });

  // Powers of the betas are state: a step counter in JavaScript would be frozen into a compiled step.
  const powers: Record<string, Variable> = {};
  return optimiser(
    ['mean', 'square'],
    ({ weight, gradient, decays, weightDecay, learningRate, slot }) => {
      const [mean, square] = [slot('mean'), slot('square')];
      const m = tf.add(tf.mul(mean, beta1), tf.mul(gradient, 1 - beta1));
      const v = tf.add(tf.mul(square, beta2), tf.mul(tf.square(gradient), 1 - beta2));
      mean.assign(m);
      square.assign(v);
      const denominator = tf.add(tf.sqrt(tf.div(v, tf.sub(1, powers.beta2Power))), epsilon);
      const rate = tf.div(learningRate, tf.sub(1, powers.beta1Power));
      const decayed = decays ? tf.mul(weight, tf.sub(1, tf.mul(learningRate, weightDecay))) : weight;
      return tf.sub(decayed, tf.mul(tf.div(m, denominator), rate));
    },
    { ...options, weightDecay },
    { beta1Power: 1, beta2Power: 1 },
    (state) => {
      for (const [name, beta] of [
        ['beta1Power', beta1],
        ['beta2Power', beta2],
      ] as const) {
        powers[name] = state.get(name) as Variable; // made by the optimiser from the line above
        powers[name].assign(tf.mul(powers[name], beta));
      }
    },
  );
}
