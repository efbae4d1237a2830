import { tf, type Scalar, type Tensor } from '@fovea/tensorflow';
import type { ByName } from './optimiser.ts';

/**
 * Gradients scaled so that their common norm is at most `maxNorm`.
 *
 *     g <- g min(1, maxNorm / (total + 1e-6)),  total = sqrt(sum of all squares)
 *
 * @returns the scaled gradients under the same names, and the norm before scaling
 * @throws RangeError when maxNorm is not above 0
 *
 * Source: PyTorch's clip_grad_norm_, against whose vectors it is tested.
 *
 * @example
 * clipGradNorm(new Map([['w', tf.tensor1d([3, 4])]]), 1).totalNorm.arraySync(); // 5
 */
export function clipGradNorm(
  gradients: ByName<Tensor>,
  maxNorm: number,
): { gradients: Map<string, Tensor>; totalNorm: Scalar } {
  if (!(maxNorm > 0)) throw new RangeError(`clipGradNorm: maxNorm must be > 0, got ${maxNorm}.`);
  const [totalNorm, ...scaled] = tf.tidy(() => {
    const squares = [...gradients.values()].map((gradient) => tf.sum(tf.square(gradient)));
    const total = squares.length > 0 ? tf.sqrt(tf.addN(squares)) : tf.scalar(0);
    const factor = tf.minimum(tf.div(maxNorm, tf.add(total, 1e-6)), 1);
    return [total, ...[...gradients.values()].map((gradient) => tf.mul(gradient, factor))];
  });
  return {
    gradients: new Map([...gradients.keys()].map((name, index) => [name, scaled[index]])),
    totalNorm: totalNorm as Scalar,
  };
}
