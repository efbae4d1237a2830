import { key } from '@fovea/random';
import type { Tensor } from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { hasNativeOps } from '../backend.ts';
import { randomNormal } from '../random.ts';
import { tf } from '../tf.ts';
import { cropAndResize } from './crop-and-resize.ts';
import { gatherRows } from './gather-rows.ts';
import { gradientError, type Doubles } from './gradient-check.ts';
import { resizeBilinear, type ResizeConvention } from './resize-bilinear.ts';
import { roiAlign } from './roi-align.ts';
import { topK } from './top-k.ts';

const values = (tensor: Tensor) => [...tensor.dataSync()];
const [H, W] = [5, 4];
const images = randomNormal(key(1), [1, H, W, 1]);
const zero = tf.tensor1d([0], 'int32');

/** Bilinear sample of an H x W map, positions clamped to its edge. */
function sample(map: Doubles, y: number, x: number, [h, w] = [H, W]): number {
  const [cy, cx] = [Math.min(Math.max(y, 0), h - 1), Math.min(Math.max(x, 0), w - 1)];
  const [top, left] = [Math.min(Math.floor(cy), h - 2), Math.min(Math.floor(cx), w - 2)];
  const at = (i: number, j: number) => map[i * w + j];
  const [dy, dx] = [cy - top, cx - left];
  return (
    (1 - dy) * ((1 - dx) * at(top, left) + dx * at(top, left + 1)) +
    dy * ((1 - dx) * at(top + 1, left) + dx * at(top + 1, left + 1))
  );
}

describe('resizeBilinear', () => {
  const size = [7, 6] as const;
  const weights = randomNormal(key(2), [1, ...size, 1]);
  const positions: Record<ResizeConvention, (i: number, from: number, to: number) => number> = {
    'half-pixel': (i, from, to) => ((i + 0.5) * from) / to - 0.5,
    'align-corners': (i, from, to) => (i * (from - 1)) / (to - 1),
    asymmetric: (i, from, to) => (i * from) / to,
  };

  it.each(Object.keys(positions) as ResizeConvention[])(
    '%s has the values and gradients of its definition',
    (name) => {
      const resized = (map: Doubles) =>
        Array.from({ length: size[0] * size[1] }, (_, index) => {
          const [i, j] = [Math.floor(index / size[1]), index % size[1]];
          return sample(map, positions[name](i, H, size[0]), positions[name](j, W, size[1]));
        });
      const op = (x: Tensor) => resizeBilinear(x, size, { convention: name });
      const expected = resized(Float64Array.from(images.dataSync()));
      values(op(images)).forEach((value, index) => expect(value).toBeCloseTo(expected[index], 5));
      const reference = (map: Doubles) =>
        resized(map).reduce((sum, value, index) => sum + value * weights.dataSync()[index], 0);
      expect(gradientError((x) => tf.sum(tf.mul(op(x), weights)), reference, [images])).toBeLessThan(2e-6);
    },
  );

  it('has the second-order gradient of a linear map', () => {
    const slope = (x: Tensor) => tf.grad((x) => tf.sum(tf.square(resizeBilinear(x, size))))(x);
    // The gradient is 2 A'A x, so that of |gradient|^2 / 2 is 4 A'A A'A x.
    const twice = tf.mul(slope(slope(images)), 1);
    const actual = tf.grad((x) => tf.mul(tf.sum(tf.square(slope(x))), 0.5))(images);
    expect(tf.max(tf.abs(tf.sub(actual, twice))).dataSync()[0]).toBeLessThan(1e-4);
  });

  it('refuses conventions and sizes that are none', () => {
    expect(() => resizeBilinear(images, size, { convention: 'corners' as 'asymmetric' })).toThrow(
      'got "corners"',
    );
    expect(() => resizeBilinear(images, [0, 2])).toThrow('positive integers');
  });
});

describe('cropAndResize', () => {
  const box = tf.tensor2d([[0.13, 0.21, 0.82, 0.74]]);
  const weights = randomNormal(key(3), [1, 3, 3, 1]);
  const reference = (map: Doubles, [y1, x1, y2, x2]: Doubles) =>
    values(weights).reduce((sum, weight, index) => {
      const [i, j] = [Math.floor(index / 3), index % 3];
      return (
        sum + weight * sample(map, (y1 + (i * (y2 - y1)) / 2) * (H - 1), (x1 + (j * (x2 - x1)) / 2) * (W - 1))
      );
    }, 0);
  const op = (images: Tensor, boxes: Tensor) =>
    tf.sum(tf.mul(cropAndResize(images, boxes, zero, [3, 3]), weights));

  it('samples what its definition says', () => {
    const expected = reference(Float64Array.from(images.dataSync()), Float64Array.from(box.dataSync()));
    expect(op(images, box).dataSync()[0]).toBeCloseTo(expected, 5);
  });

  it.runIf(hasNativeOps())('has gradients to the images and to the boxes', () => {
    expect(gradientError(op, reference, [images, box])).toBeLessThan(1e-5);
  });

  it('refuses boxes of another shape', () => {
    expect(() => cropAndResize(images, tf.ones([1, 3]), zero, [2, 2])).toThrow('boxes_M4');
  });
});

describe('roiAlign', () => {
  const box = tf.tensor2d([[0.7, -0.4, 4.3, 3.1]]);
  const options = { size: [2, 2], samplingRatio: 3 } as const;
  const weights = randomNormal(key(4), [1, 2, 2, 1]);
  const reference = (map: Doubles, [y1, x1, y2, x2]: Doubles) =>
    values(weights).reduce((sum, weight, index) => {
      const [i, j] = [Math.floor(index / 2), index % 2];
      let bin = 0;
      for (let a = 0; a < 3; a++) {
        for (let b = 0; b < 3; b++) {
          const y = y1 + ((i * 3 + a + 0.5) * (y2 - y1)) / 6 - 0.5;
          const x = x1 + ((j * 3 + b + 0.5) * (x2 - x1)) / 6 - 0.5;
          bin += sample(map, y, x) / 9;
        }
      }
      return sum + weight * bin;
    }, 0);
  const op = (features: Tensor, boxes: Tensor) =>
    tf.sum(tf.mul(roiAlign(features, boxes, zero, options), weights));

  it('averages the samples that its definition names, clamped at the edge', () => {
    const expected = reference(Float64Array.from(images.dataSync()), Float64Array.from(box.dataSync()));
    expect(op(images, box).dataSync()[0]).toBeCloseTo(expected, 5);
  });

  it.runIf(hasNativeOps())('has gradients to the features and to the boxes', () => {
    expect(gradientError(op, reference, [images, box])).toBeLessThan(1e-5);
  });

  it('is 0 where a region lies outside of the map, and scales boxes', () => {
    expect(values(roiAlign(images, tf.tensor2d([[20, 20, 24, 24]]), zero, options))).toEqual([0, 0, 0, 0]);
    const half = roiAlign(images, tf.mul(box, 2), zero, { ...options, spatialScale: 0.5 });
    expect(tf.max(tf.abs(tf.sub(half, roiAlign(images, box, zero, options)))).dataSync()[0]).toBeLessThan(
      1e-6,
    );
    expect(() => roiAlign(images, box, zero, { size: [2, 2], samplingRatio: 0 })).toThrow('samplingRatio');
  });
});

it('gatherRows adds up the gradients of rows that are taken twice', () => {
  const table = tf.tensor2d([
    [1, 2],
    [3, 4],
    [5, 6],
  ]);
  const indices = tf.tensor2d(
    [
      [2, 0],
      [2, 2],
    ],
    [2, 2],
    'int32',
  );
  expect(values(gatherRows(table, indices))).toEqual([5, 6, 1, 2, 5, 6, 5, 6]);
  const gradient = tf.grad((table) => tf.sum(tf.square(gatherRows(table, indices))))(table);
  expect(values(gradient)).toEqual([2, 4, 0, 0, 30, 36]);
  expect(() => gatherRows(table, tf.tensor1d([0]))).toThrow('must be int32, got float32');
});

it('topK sorts, and sends gradients to where the values came from', () => {
  const x = tf.tensor2d([
    [1, 4, 2],
    [9, 7, 8],
  ]);
  const { values: best, indices } = topK(x, 2);
  expect(values(best)).toEqual([4, 2, 9, 8]);
  expect(values(indices)).toEqual([1, 2, 0, 2]);
  const gradient = tf.grad((x) => tf.sum(tf.square(topK(x, 2).values)))(x);
  expect(values(gradient)).toEqual([0, 8, 4, 18, 0, 16]);
  expect(() => topK(x, 4)).toThrow('k must be an integer in [1, 3], got 4');
});

it('leaks no tensors', () => {
  const boxes = tf.tensor2d([[0.1, 0.2, 0.8, 0.9]]);
  const before = tf.memory().numTensors;
  tf.tidy(() => {
    tf.grad((x) => tf.sum(topK(x, 2).values))(boxes);
    tf.grad((x) => tf.sum(resizeBilinear(x, [3, 3])))(images);
    if (hasNativeOps()) tf.grad((x) => tf.sum(roiAlign(x, boxes, zero, { size: [2, 2] })))(images);
  });
  expect(tf.memory().numTensors).toBe(before);
});
