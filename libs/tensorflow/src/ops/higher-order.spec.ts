import type { Tensor } from '@tensorflow/tfjs';
import { expect, it } from 'vitest';
import { tf } from '../tf.ts';
import { enableHigherOrderGradients } from './higher-order.ts';

enableHigherOrderGradients();

const x = 0.7;
const s = 1 / (1 + Math.exp(-x));
const pair = (x: Tensor) => tf.stack([tf.sum(x), tf.scalar(0)]);
const first = (x: Tensor) => tf.slice(x, [0], [1]);

const cases: Record<string, [(x: Tensor) => Tensor, number]> = {
  exp: [tf.exp, Math.exp(x)],
  sigmoid: [tf.sigmoid, s * (1 - s) * (1 - 2 * s)],
  tanh: [tf.tanh, -2 * Math.tanh(x) * (1 - Math.tanh(x) ** 2)],
  softmax: [(x) => first(tf.softmax(pair(x))), s * (1 - s) * (1 - 2 * s)],
  logSoftmax: [(x) => first(tf.logSoftmax(pair(x))), -s * (1 - s)],
  logSumExp: [(x) => tf.logSumExp(pair(x)), s * (1 - s)],
  'x^2 exp x, where x has a second path': [
    (x) => tf.mul(tf.square(x), tf.exp(x)),
    Math.exp(x) * (x * x + 4 * x + 2),
  ],
};

it.each(Object.keys(cases))('the second derivative of %s is right', (name) => {
  const [f, expected] = cases[name];
  const second = tf.grad((x) => tf.grad(f)(x))(tf.tensor1d([x]));
  expect(second.dataSync()[0]).toBeCloseTo(expected, 5);
});

it('first derivatives stay as they were', () => {
  expect(
    tf
      .grad((x) => tf.mul(tf.exp(x), tf.sigmoid(x)))(tf.tensor1d([x]))
      .dataSync()[0],
  ).toBeCloseTo(Math.exp(x) * s * (2 - s), 5);
});
