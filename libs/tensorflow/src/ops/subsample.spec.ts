import { describe, expect, it } from 'vitest';
import { paddedConv } from './padded-conv.ts';
import { subsample } from './subsample.ts';
import { tf } from '../tf.ts';

describe('subsample', () => {
  it('takes every stride-th row and column, also of sizes that are no multiples', () => {
    const x = tf.reshape(tf.range(0, 5 * 4 * 2), [1, 5, 4, 2]);
    expect(subsample(x, 2).arraySync()).toEqual([
      [
        [[0, 1], [4, 5]],
        [[16, 17], [20, 21]],
        [[32, 33], [36, 37]],
      ],
    ]); // prettier-ignore
    expect(subsample(x, 1)).toBe(x);
    expect(subsample(x, 7).arraySync()).toEqual([[[[0, 1]]]]);
  });

  it('has the gradient that puts each value back in its place', () => {
    const x = tf.zeros([1, 3, 3, 1]);
    const weights = tf.tensor4d([1, 2, 3, 4], [1, 2, 2, 1]);
    const gradient = tf.grad((t) => tf.sum(tf.mul(subsample(t, 2), weights)))(x);
    expect([...gradient.dataSync()]).toEqual([1, 0, 2, 0, 0, 0, 3, 0, 4]);
  });

  it('refuses strides and shapes that are none', () => {
    expect(() => subsample(tf.zeros([1, 2, 2, 1]), 0)).toThrow('stride must be a positive integer, got 0');
    expect(() => subsample(tf.zeros([2, 2, 1]), 2)).toThrow('subsample: x_NHWC');
  });

  it('keeps strided 1x1 convolutions of few channels within their memory', () => {
    const w = tf.variable(tf.ones([1, 1, 4, 8]));
    for (let round = 0; round < 10; round++) {
      tf.tidy(() => {
        const x = tf.ones([4, 64, 64, 4]);
        const { grads } = tf.variableGrads(() => tf.sum(paddedConv(x, w, { stride: 2 })), [w]);
        expect([...new Set(grads[w.name].dataSync())]).toEqual([4 * 32 * 32]);
      });
    }
    w.dispose();
  });
});
