import { tf } from '@fovea/tensorflow';
import { checkOptions, checkRange, optimiser, type Optimiser, type ParameterGroups } from './optimiser.ts';

/** Options of `sgd`. */
export interface SgdOptions extends ParameterGroups {
  /** mu, in [0, 1); default 0. */
  readonly momentum?: number;
  /** Look ahead by one momentum step; default false. */
  readonly nesterov?: boolean;
  /** wd of weights of two and more dimensions (see `decays`); default 0. */
  readonly weightDecay?: number;
}

/**
 * Stochastic gradient descent with momentum, coupled weight decay, and none of it on biases and norms.
 *
 *     g <- g + wd p;  v <- mu v + g;  p <- p - lr (nesterov ? g + mu v : v)
 *
 * @throws RangeError for a momentum outside of [0, 1) or a negative weight decay; Error for Nesterov without momentum
 *
 * Source: PyTorch's SGD (dampening 0), against whose vectors it is tested.
 *
 * @example
 * const { step } = sgd({ momentum: 0.9, weightDecay: 1e-4 });
 */
export function sgd(options: SgdOptions = {}): Optimiser {
  checkOptions('sgd', options, ['momentum', 'nesterov', 'weightDecay', 'decays', 'rateScale']);
  const { momentum = 0, nesterov = false, weightDecay = 0 } = options;
  checkRange('sgd', { momentum }, 1);
  checkRange('sgd', { weightDecay });
  if (nesterov && momentum === 0) throw new Error('sgd: nesterov needs a momentum above 0.');

  return optimiser(
    momentum > 0 ? ['momentum'] : [],
    ({ weight, gradient, decays, weightDecay, learningRate, slot }) => {
      const g = decays ? tf.add(gradient, tf.mul(weight, weightDecay)) : gradient;
      if (momentum === 0) return tf.sub(weight, tf.mul(g, learningRate));
      const velocity = slot('momentum');
      const v = tf.add(tf.mul(velocity, momentum), g);
      velocity.assign(v);
      const direction = nesterov ? tf.add(g, tf.mul(v, momentum)) : v;
      return tf.sub(weight, tf.mul(direction, learningRate));
    },
    { ...options, weightDecay },
  );
}
