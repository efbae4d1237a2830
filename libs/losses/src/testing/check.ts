import { expect, it } from 'vitest';
import { tf, type Tensor } from '@fovea/tensorflow';

/** The number of a scalar, disposed of. */
export function value(scalar: Tensor): number {
  const [number] = scalar.dataSync();
  scalar.dispose();
  return number;
}

/**
 * Expects the gradient of a scalar function to agree with central differences along fixed directions.
 *
 * Differences are taken in float32 with one Richardson step, which limits the agreement to about 1e-3 of the gradient's size.
 */
export function expectGradient(f: (x: Tensor) => Tensor, x: Tensor, tolerance = 4e-3): void {
  tf.tidy(() => {
    const gradient = tf.grad((y) => tf.sum(f(y)))(x);
    const scale = Math.max(1e-3, tf.norm(gradient).dataSync()[0]);
    for (const phase of [0, 1, 2]) {
      const wave = tf.tensor(
        Float32Array.from({ length: x.size }, (_, i) => Math.sin(2.3 * i + phase)),
        x.shape,
      );
      const direction = tf.div(wave, tf.norm(wave));
      const slope = (h: number) => {
        const at = (step: number) => tf.sum(f(tf.add(x, tf.mul(direction, step)))).dataSync()[0];
        return (at(h) - at(-h)) / (2 * h);
      };
      const numeric = (4 * slope(0.01) - slope(0.02)) / 3;
      const analytic = tf.sum(tf.mul(gradient, direction)).dataSync()[0];
      expect(Math.abs(analytic - numeric) / scale).toBeLessThan(tolerance);
    }
  });
}

/** Expects a scalar function and its gradient to leave nothing behind but their results. */
export function expectNoLeak(f: (x: Tensor) => Tensor, x: Tensor): void {
  const run = () => {
    f(x).dispose();
    tf.grad((y) => tf.sum(f(y)))(x).dispose();
  };
  run();
  const before = tf.memory();
  run();
  const after = tf.memory();
  expect([after.numTensors, after.numDataBuffers]).toEqual([before.numTensors, before.numDataBuffers]);
}

/** All numbers of a tensor, disposed of. */
export function numbers(tensor: Tensor): number[] {
  const values = Array.from(tensor.dataSync());
  tensor.dispose();
  return values;
}

/** Expects every number of a tensor to be finite. */
export function expectFinite(tensor: Tensor): void {
  expect(numbers(tensor).every(Number.isFinite)).toBe(true);
}

export interface Behaviour {
  /** Factors on the input at which loss and gradient must be finite. Default: zero, tiny and huge vectors of a loss that normalises. */
  readonly scales?: readonly number[];
  /** The same loss at its sharpest, for the same scales. Default `f`. */
  readonly sharp?: (x: Tensor) => Tensor;
  /** Largest relative error of the gradient against float32 differences. */
  readonly gradientTolerance?: number;
}

/** What every loss must do: gradient of its differences, finite at the extremes, one scalar out and nothing left behind. */
export function itIsALoss(f: (x: Tensor) => Tensor, make: () => Tensor, behaviour: Behaviour = {}): void {
  const { scales = [0, 1e-20, 1e15], sharp = f, gradientTolerance } = behaviour;
  it('is a scalar', () => {
    expect(f(make()).shape).toEqual([]);
  });
  it('has the gradient of its differences', () => {
    expectGradient(f, make(), gradientTolerance);
  });
  it('stays finite, with its gradient, at extreme inputs', () => {
    for (const scale of scales) {
      const x = tf.mul(make(), scale);
      expectFinite(sharp(x));
      expectFinite(tf.grad((y) => tf.sum(sharp(y)))(x));
    }
  });
  it('leaves no tensor behind', () => {
    expectNoLeak(f, make());
  });
}

/** Expects the order of rows (axis 0) of all tensors not to matter. */
export function expectOrderFree(f: (...tensors: Tensor[]) => Tensor, ...tensors: Tensor[]): void {
  const order = tf.reverse(tf.range(0, tensors[0].shape[0], 1, 'int32'));
  const swapped = tensors.map((tensor) => tf.gather(tensor, order));
  expect(value(f(...swapped))).toBeCloseTo(value(f(...tensors)), 5);
}
