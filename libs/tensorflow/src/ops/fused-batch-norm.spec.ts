import { key } from '@fovea/random';
import { describe, expect, it } from 'vitest';
import { randomNormal } from '../random.ts';
import { tf } from '../tf.ts';
import { fusedBatchNorm } from './fused-batch-norm.ts';
import { gradientError, type Doubles } from './gradient-check.ts';

const C = 3;
const x = randomNormal(key(1), [2, 4, 2, C], 0.5, 2);
const gamma = tf.tensor1d([0.5, 1, 2]);
const beta = tf.tensor1d([-1, 0, 1]);
const cotangent = randomNormal(key(2), x.shape);

/** sum(y * cotangent) in double precision. */
function reference(x: Doubles, gamma: Doubles, beta: Doubles): number {
  const weights = cotangent.dataSync();
  let sum = 0;
  for (let channel = 0; channel < C; channel++) {
    const column = x.filter((_, index) => index % C === channel);
    const mean = column.reduce((a, b) => a + b, 0) / column.length;
    const variance = column.reduce((a, b) => a + (b - mean) ** 2, 0) / column.length;
    column.forEach((value, row) => {
      const y = (gamma[channel] * (value - mean)) / Math.sqrt(variance + 1e-5) + beta[channel];
      sum += y * weights[row * C + channel];
    });
  }
  return sum;
}

const loss = (...[x, gamma, beta]: ReturnType<typeof tf.tensor>[]) =>
  tf.sum(tf.mul(fusedBatchNorm(x, gamma, beta).y, cotangent));

describe('in training', () => {
  it('normalises every channel to the shift and the scale given', () => {
    const { mean, variance } = tf.moments(fusedBatchNorm(x, gamma, beta).y, [0, 1, 2]);
    mean.dataSync().forEach((value, index) => expect(value).toBeCloseTo(beta.dataSync()[index], 5));
    variance.dataSync().forEach((value, index) => expect(value).toBeCloseTo(gamma.dataSync()[index] ** 2, 4));
  });

  it('returns the mean and the unbiased variance of the batch', () => {
    const { mean, variance } = fusedBatchNorm(tf.tensor2d([[1], [2], [6]]), tf.ones([1]), tf.zeros([1]));
    expect(mean.dataSync()[0]).toBeCloseTo(3, 6);
    expect(variance.dataSync()[0]).toBeCloseTo(7, 5);
  });

  it('has the gradients of the double-precision form, for maps and for rows', () => {
    expect(gradientError(loss, reference, [x, gamma, beta])).toBeLessThan(2e-6);
    const rows = (x: ReturnType<typeof tf.tensor>, ...rest: ReturnType<typeof tf.tensor>[]) =>
      tf.sum(tf.mul(fusedBatchNorm(x.reshape([16, C]), rest[0], rest[1]).y, cotangent.reshape([16, C])));
    expect(gradientError(rows, reference, [x, gamma, beta])).toBeLessThan(2e-6);
  });

  it('has the second-order gradients of the composite of elementary ops', () => {
    const composite = (x: ReturnType<typeof tf.tensor>, gamma: ReturnType<typeof tf.tensor>) => {
      const { mean, variance } = tf.moments(x, [0, 1, 2]);
      return tf.add(tf.mul(tf.div(tf.sub(x, mean), tf.sqrt(tf.add(variance, 1e-5))), gamma), beta);
    };
    const native = (x: ReturnType<typeof tf.tensor>, gamma: ReturnType<typeof tf.tensor>) =>
      fusedBatchNorm(x, gamma, beta).y;
    const second = (op: typeof native) =>
      tf.grads((x, gamma) => {
        const slopes = tf.grads((x, gamma) => tf.sum(tf.mul(tf.square(op(x, gamma)), cotangent)))([x, gamma]);
        return tf.add(tf.sum(tf.square(slopes[0])), tf.sum(tf.square(slopes[1])));
      })([x, gamma]);
    const [expected, actual] = [second(composite), second(native)];
    actual.forEach((gradient, index) => {
      const difference = tf.max(tf.abs(tf.sub(gradient, expected[index]))).dataSync()[0];
      expect(difference / tf.max(tf.abs(expected[index])).dataSync()[0]).toBeLessThan(1e-5);
    });
  });

  it('stays finite on a constant channel', () => {
    const { y } = fusedBatchNorm(tf.fill([4, 1], 1e3), tf.ones([1]), tf.zeros([1]));
    expect([...y.dataSync()]).toEqual([0, 0, 0, 0]);
  });
});

it('uses given statistics when frozen, without changing them', () => {
  const { y, mean, variance } = fusedBatchNorm(tf.tensor2d([[5], [7]]), tf.tensor1d([2]), tf.tensor1d([1]), {
    mean: tf.tensor1d([5]),
    variance: tf.tensor1d([4]),
    epsilon: 0,
  });
  expect([...y.dataSync()]).toEqual([1, 3]);
  expect([mean.dataSync()[0], variance.dataSync()[0]]).toEqual([5, 4]);
});

it('says what is wrong with a shape or with half of the statistics', () => {
  expect(() => fusedBatchNorm(tf.zeros([3]), gamma, beta)).toThrow(/x must have shape .*got \[3\]/);
  expect(() => fusedBatchNorm(x, tf.ones([2]), beta)).toThrow(/gamma must have shape \[3\], got \[2\]/);
  expect(() => fusedBatchNorm(x, gamma, beta, { mean: beta })).toThrow(/together/);
});

it('leaks no tensors', () => {
  const before = tf.memory().numTensors;
  tf.tidy(() => void tf.grads(loss)([x, gamma, beta]));
  expect(tf.memory().numTensors).toBe(before);
});
