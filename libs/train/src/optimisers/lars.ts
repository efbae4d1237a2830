import { tf, type Scalar, type Tensor } from '@fovea/tensorflow';
import { checkOptions, checkRange, optimiser, type Optimiser, type ParameterGroups } from './optimiser.ts';

/** Whose form of LARS; they differ in what the norm of the update is, and in what is excluded. */
export type LarsVariant = 'barlow' | 'solo' | 'lightly';

/** Options of `lars`. */
export interface LarsOptions extends ParameterGroups {
  /** Default `barlow`, which is MoCo v3's too. */
  readonly variant?: LarsVariant;
  /** mu, in [0, 1); default 0.9. */
  readonly momentum?: number;
  /** wd; default 0. */
  readonly weightDecay?: number;
  /** Trust coefficient; default 0.001. */
  readonly eta?: number;
  /** `solo` only: the scaled rate is at most the learning rate; default false. */
  readonly clip?: boolean;
}

const EPSILON = 1e-8; // solo-learn's and lightly's guard of the ratio's denominator

/**
 * Layer-wise adaptive rate scaling over SGD with momentum.
 *
 *     barlow:  d = g + wd p;  d <- d eta |p| / |d|                       biases and norms: d = g
 *     solo:    d = (g + wd p) r,  r = eta |p| / (|g| + wd |p| + 1e-8),   biases and norms: d = g
 *              clip: r <- min(r / lr, 1)
 *     lightly: as solo, on every weight when wd > 0;  d = g when wd = 0
 *     v <- mu v + d;  p <- p - lr v
 *
 * Where |p| or |g| (barlow: |d|) is 0, solo and lightly take d = g, barlow d = g + wd p. `decays` says which weights count as
 * biases and norms.
 *
 * @throws RangeError for a momentum outside of [0, 1) or another negative number; Error for `clip` with a variant that has none
 *
 * Source: You et al. 2017; the code of Barlow Twins, solo-learn and lightly, against whose vectors it is tested.
 *
 * @example
 * const { step } = lars({ weightDecay: 1.5e-6, eta: 0.02, variant: 'solo', clip: true });
 */
export function lars(options: LarsOptions = {}): Optimiser {
  checkOptions('lars', options, ['variant', 'momentum', 'weightDecay', 'eta', 'clip', 'decays', 'rateScale']);
  const { variant = 'barlow', momentum = 0.9, weightDecay = 0, eta = 0.001, clip = false } = options;
  checkRange('lars', { momentum }, 1);
  checkRange('lars', { weightDecay, eta });
  if (clip && variant !== 'solo') throw new Error(`lars: only variant "solo" has clip, got "${variant}".`);

  const everyWeight = variant === 'lightly';
  return optimiser(
    ['momentum'],
    ({ weight, gradient, included, weightDecay, learningRate, slot }) => {
      const adapted = everyWeight ? weightDecay !== 0 : included;
      const direction = adapted ? scaled(weight, gradient, learningRate, weightDecay) : gradient;
      const velocity = slot('momentum');
      const v = tf.add(tf.mul(velocity, momentum), direction);
      velocity.assign(v);
      return tf.sub(weight, tf.mul(v, learningRate));
    },
    { ...options, weightDecay },
  );

  function scaled(
    weight: Tensor,
    gradient: Tensor,
    learningRate: Scalar,
    weightDecay: Scalar | number,
  ): Tensor {
    const decayed = tf.add(gradient, tf.mul(weight, weightDecay));
    const weightNorm = tf.norm(weight);
    const norm = tf.norm(variant === 'barlow' ? decayed : gradient);
    const usable = tf.logicalAnd(tf.greater(weightNorm, 0), tf.greater(norm, 0));
    if (variant === 'barlow') {
      return tf.mul(decayed, tf.where(usable, tf.divNoNan(tf.mul(weightNorm, eta), norm), tf.onesLike(norm)));
    }
    const denominator = tf.add(tf.add(norm, tf.mul(weightNorm, weightDecay)), EPSILON);
    const ratio = tf.div(tf.mul(weightNorm, eta), denominator);
    // A learning rate of 0 must not make 0/0: the step is 0 whatever the ratio.
    const factor = clip ? tf.minimum(tf.div(ratio, tf.maximum(learningRate, 1e-30)), 1) : ratio;
    return tf.where(usable, tf.mul(decayed, factor), gradient);
  }
}
