import { key } from '@fovea/random';
import type { Tensor, Tensor4D } from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { hasNativeOps } from '../backend.ts';
import { randomNormal } from '../random.ts';
import { tf } from '../tf.ts';
import { einsum } from './einsum.ts';
import { gradientError, type Doubles } from './gradient-check.ts';
import { executeWith, floatType, text } from './native-kernel.ts';
import { projectiveTransform } from './projective-transform.ts';

const largest = (a: Tensor, b: Tensor) => tf.max(tf.abs(tf.sub(a, b))).dataSync()[0];

describe('einsum', () => {
  const a = randomNormal(key(1), [2, 3, 4]);
  const b = randomNormal(key(2), [2, 5, 4]);

  it('is the batched matrix product of its equation', () => {
    expect(largest(einsum('bik,bjk->bij', a, b), tf.matMul(a, b, false, true))).toBeLessThan(1e-6);
  });

  it('has gradients to both operands, and gradients of those', () => {
    const reference = (a: Doubles, b: Doubles) => {
      let sum = 0;
      for (let n = 0; n < 2; n++) {
        for (let i = 0; i < 3; i++) {
          for (let j = 0; j < 5; j++) {
            let dot = 0;
            for (let k = 0; k < 4; k++) dot += a[(n * 3 + i) * 4 + k] * b[(n * 5 + j) * 4 + k];
            sum += dot ** 2;
          }
        }
      }
      return sum;
    };
    const loss = (product: (a: Tensor, b: Tensor) => Tensor) => (a: Tensor, b: Tensor) =>
      tf.sum(tf.square(product(a, b)));
    const ours = (a: Tensor, b: Tensor) => einsum('bik,bjk->bij', a, b);
    expect(gradientError(loss(ours), reference, [a, b])).toBeLessThan(3e-6);
    const second = (product: typeof ours) =>
      tf.grad((a) => tf.sum(tf.square(tf.grad((a) => loss(product)(a, b))(a))))(a);
    const expected = second((a, b) => tf.matMul(a, b, false, true));
    expect(largest(second(ours), expected) / tf.max(tf.abs(expected)).dataSync()[0]).toBeLessThan(1e-5);
  });

  it('says which equation it does not take', () => {
    expect(() => einsum('bik->bi', a, b)).toThrow('must have the form');
    expect(() => einsum('bik,bjk->bjz', a, b)).toThrow('axis "i"');
    expect(() => einsum('bkk,bjk->bj', a, b)).toThrow('must occur once in a');
    expect(() => einsum('bki,bjk->bij', a, b)).toThrow('has size 3 in a and 4 in b');
    expect(() => einsum('ik,bjk->bij', a, b)).toThrow('names 2 axes of a');
  });
});

describe('projectiveTransform', () => {
  const [H, W] = [5, 6];
  const x = randomNormal(key(3), [2, H, W, 2]);
  const transforms = tf.tensor2d([
    [0.9, -0.2, 0.7, 0.15, 1.1, -0.4, 0.01, -0.02],
    [1.2, 0.1, -1.3, -0.1, 0.8, 0.6, 0, 0],
  ]);

  it.runIf(hasNativeOps())('has the values of ImageProjectiveTransformV3', () => {
    const attributes = [floatType('dtype'), text('interpolation', 'BILINEAR'), text('fill_mode', 'CONSTANT')];
    const inputs = [x, transforms, [4, 7], tf.scalar(0)];
    const expected = executeWith('ImageProjectiveTransformV3', attributes, inputs);
    expect(largest(projectiveTransform(x, transforms, [4, 7]), expected)).toBeLessThan(1e-5);
  });

  it('has the gradient of the double-precision form', () => {
    const weights = randomNormal(key(4), [2, H, W, 2]);
    const [settings, shares] = [transforms.dataSync(), weights.dataSync()];
    const reference = (map: Doubles) => {
      let sum = 0;
      shares.forEach((share, index) => {
        const [n, i, j, c] = [
          Math.floor(index / (H * W * 2)),
          Math.floor(index / (W * 2)) % H,
          Math.floor(index / 2) % W,
          index % 2,
        ];
        const t = settings.slice(n * 8, n * 8 + 8);
        const k = t[6] * j + t[7] * i + 1;
        const [px, py] = [(t[0] * j + t[1] * i + t[2]) / k, (t[3] * j + t[4] * i + t[5]) / k];
        for (const [dy, dx] of [
          [0, 0],
          [0, 1],
          [1, 0],
          [1, 1],
        ]) {
          const [row, column] = [Math.floor(py) + dy, Math.floor(px) + dx];
          if (row < 0 || row >= H || column < 0 || column >= W) continue;
          const weight = (1 - Math.abs(py - row)) * (1 - Math.abs(px - column));
          sum += share * weight * map[((n * H + row) * W + column) * 2 + c];
        }
      });
      return sum;
    };
    const op = (x: Tensor) => tf.sum(tf.mul(projectiveTransform(x, transforms), weights));
    expect(gradientError(op, reference, [x])).toBeLessThan(1e-5);
  });

  it('leaves images as they are under the identity', () => {
    const identity = tf.tile(tf.tensor2d([[1, 0, 0, 0, 1, 0, 0, 0]]), [2, 1]);
    expect(largest(projectiveTransform(x, identity), x)).toBe(0);
    expect(() => projectiveTransform(x, tf.ones([2, 9]))).toThrow('transforms_N8');
  });
});

it('depthwise convolution has the gradients of its double-precision form', () => {
  const x = randomNormal(key(5), [1, 5, 5, 2]);
  const filter = randomNormal(key(6), [3, 3, 2, 1]);
  const reference = (x: Doubles, filter: Doubles) => {
    let sum = 0;
    for (let i = 0; i < 3; i++) {
      for (let j = 0; j < 3; j++) {
        for (let c = 0; c < 2; c++) {
          let y = 0;
          for (let a = 0; a < 3; a++) {
            for (let b = 0; b < 3; b++) y += x[((i + a) * 5 + j + b) * 2 + c] * filter[(a * 3 + b) * 2 + c];
          }
          sum += y ** 2;
        }
      }
    }
    return sum;
  };
  const op = (x: Tensor, filter: Tensor) =>
    tf.sum(tf.square(tf.depthwiseConv2d(x as Tensor4D, filter as Tensor4D, 1, 'valid')));
  expect(gradientError(op, reference, [x, filter])).toBeLessThan(3e-6);
});
