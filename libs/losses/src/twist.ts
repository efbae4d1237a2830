import { tf, type Scalar, type Tensor, type Tensor2D } from '@fovea/tensorflow';
import { checkSameShape } from './helpers/check-same-shape.ts';
import { checkPositive, resolveOptions, type Real } from './helpers/options.ts';
import { standardizeColumns } from './helpers/standardize-columns.ts';

export interface TwistOptions {
  /** l1: 0 for ResNets, -0.6 for ViTs. Default 0. */
  readonly sharpnessOffset?: Real;
  /** l2: weight of the entropy of the mean. Default 1. */
  readonly diversityWeight?: Real;
  /** Added inside every logarithm. Default 1e-5. */
  readonly epsilon?: number;
  /** Standardise columns over the batch before the softmax, without affine part, as the method does. Default true. */
  readonly batchNorm?: boolean;
}

const defaults = {
  sharpnessOffset: 0 as Real,
  diversityWeight: 1 as Real,
  epsilon: 1e-5,
  batchNorm: true,
};

/** The total and its unweighted terms. */
export interface TwistTerms {
  readonly loss: Scalar;
  readonly divergence: Scalar;
  readonly meanEntropy: Scalar;
  readonly entropyOfMean: Scalar;
}

/**
 * TWIST: class distributions of two views agree, are sharp for each image and diverse over the batch.
 *
 *     p = softmax(BN(z));   L = (KL(p1||p2) + KL(p2||p1)) / 2 + (1 + l1) mean_i H(p_i) - l2 H(mean_i p_i)
 *
 * Entropies are averaged over the two views; every log is log(p + epsilon). With l1 = 0: all outputs equal and uniform, or all images in one
 * class (collapse), both 0 up to epsilon; best is -log K.
 *
 * @param z1_NK - logits of view 1 [N, K]
 * @param z2_NK - logits of view 2
 * @returns the total and its terms
 * @throws Error for shapes that differ and epsilon <= 0
 *
 * Source: Wang et al. 2021, equations 1 to 4, and the authors' EntLoss, one process.
 *
 * @example
 * twist(tf.ones([4, 8]), tf.ones([4, 8])).loss; // 0
 */
export function twist(z1_NK: Tensor2D, z2_NK: Tensor2D, options: TwistOptions = {}): TwistTerms {
  const o = resolveOptions('twist', options, defaults);
  checkSameShape('twist', ['N', 'K'], { z1_NK, z2_NK });
  checkPositive('twist', 'epsilon', o.epsilon);
  return tf.tidy(() => {
    const [first, second] = [z1_NK, z2_NK].map((z) => {
      const p = tf.softmax(o.batchNorm ? standardizeColumns(z) : z);
      return { p, log: logOf(p, o.epsilon) };
    });
    const N = z1_NK.shape[0];
    // (KL(p1||p2) + KL(p2||p1)) / 2 = 1/2 sum (p1 - p2)(log p1 - log p2)
    const product = tf.mul(tf.sub(first.p, second.p), tf.sub(first.log, second.log));
    const divergence = tf.div(tf.sum(product), 2 * N) as Scalar;
    const meanEntropy = average(first, second, ({ p, log }) => tf.div(tf.sum(tf.mul(p, log)), -N) as Scalar);
    const entropyOfMean = average(first, second, ({ p }) => {
      const mean = tf.mean(p, 0);
      return tf.neg(tf.sum(tf.mul(mean, logOf(mean, o.epsilon)))) as Scalar;
    });
    const loss = tf.sub(
      tf.add(divergence, tf.mul(meanEntropy, tf.add(o.sharpnessOffset, 1))),
      tf.mul(entropyOfMean, o.diversityWeight),
    ) as Scalar;
    return { loss, divergence, meanEntropy, entropyOfMean };
  });
}

function logOf<T extends Tensor>(p: T, epsilon: number): T {
  return tf.log(tf.add(p, epsilon)) as T;
}

function average<View>(first: View, second: View, term: (view: View) => Scalar): Scalar {
  return tf.div(tf.add(term(first), term(second)), 2);
}
