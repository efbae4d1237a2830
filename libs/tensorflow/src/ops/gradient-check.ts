import type { Tensor } from '@tensorflow/tfjs';
import { tf } from '../tf.ts';

/** Numbers of one input, in double precision. */
export type Doubles = Float64Array;

/**
 * Gradient of a scalar function in double precision, by central differences with one Richardson step (error of order h^4).
 *
 * For specs: `reference` is a plain-number form of the op, so that the comparison is not limited by float32 differences.
 */
export function numericGradients(
  reference: (...inputs: Doubles[]) => number,
  inputs: readonly Doubles[],
): Doubles[] {
  return inputs.map((input, position) =>
    input.map((value, index) => {
      const movedTo = (moved: number) => {
        const copy = input.slice();
        copy[index] = moved;
        return reference(...inputs.map((other, at) => (at === position ? copy : other)));
      };
      const slope = (h: number) => (movedTo(value + h) - movedTo(value - h)) / (2 * h);
      const h = 1e-3;
      return (4 * slope(h / 2) - slope(h)) / 3;
    }),
  );
}

/**
 * Largest difference between the tape's gradients and those of the reference, relative to the largest entry of each gradient.
 *
 * @param op - scalar function of float32 tensors
 * @param reference - the same function of plain numbers
 * @param inputs - tensors at which to compare
 */
export function gradientError(
  op: (...inputs: Tensor[]) => Tensor,
  reference: (...inputs: Doubles[]) => number,
  inputs: readonly Tensor[],
): number {
  return tf.tidy(() => {
    const analytic = tf.grads((...xs: Tensor[]) => op(...xs).asScalar())([...inputs]);
    const numeric = numericGradients(
      reference,
      inputs.map((input) => Float64Array.from(input.dataSync())),
    );
    const errors = analytic.map((gradient, position) => {
      const expected = numeric[position];
      const scale = Math.max(1e-3, ...expected.map(Math.abs));
      return Math.max(
        ...Array.from(gradient.dataSync(), (value, index) => Math.abs(value - expected[index]) / scale),
      );
    });
    return Math.max(...errors);
  });
}
