import { expect, it } from 'vitest';
import { tf } from '../tf.ts';
import { gradientError } from './gradient-check.ts';
import { relu } from './relu.ts';

it('keeps what is positive and zeroes the rest, NaN excepted', () => {
  expect([...relu(tf.tensor1d([-2, 0, 3, Infinity])).dataSync()]).toEqual([0, 0, 3, Infinity]);
  expect(relu(tf.tensor1d([NaN])).dataSync()[0]).toBeNaN();
});

it('has the gradient of the plain-number rectifier', () => {
  const x = tf.tensor2d([-1.5, 0.5, 2, -0.25, 1, 3], [2, 3]);
  const error = gradientError(
    (x) => tf.sum(tf.square(relu(x))),
    (x) => x.reduce((sum, value) => sum + Math.max(value, 0) ** 2, 0),
    [x],
  );
  expect(error).toBeLessThan(1e-6);
});

it('has the zero gradient at zero', () => {
  expect(
    tf
      .grad((x) => relu(x))(tf.tensor1d([0]))
      .dataSync()[0],
  ).toBe(0);
});

it('has a gradient of its gradient', () => {
  const x = tf.tensor1d([-1, 2, 3]);
  const slope = tf.grad((x) => tf.sum(tf.square(relu(x))));
  expect([
    ...tf
      .grad((x) => tf.sum(tf.square(slope(x))))(x)
      .dataSync(),
  ]).toEqual([0, 16, 24]);
});

it('leaks no tensors', () => {
  const x = tf.tensor1d([-1, 2]);
  const before = tf.memory().numTensors;
  tf.tidy(() => void tf.grad((x) => relu(x))(x));
  expect(tf.memory().numTensors).toBe(before);
});
