import { key, normalArray } from '@fovea/random';
import { tf } from '@fovea/tensorflow';
import { describe, expect, it } from 'vitest';
import { gramMatrix } from './gram-matrix.ts';
import { linearScores } from './linear-scores.ts';
import { ridge } from './ridge.ts';
import { ridgeProbe } from './ridge-probe.ts';
import { blobs, collect } from '../testing/blobs.ts';

const cloud = blobs({ classes: 3, D: 10, train: 61, test: 60, spread: 1 });

describe('ridge', () => {
  it('gives the weights worked out by hand', () => {
    const data = { features: Float32Array.of(-1, 1), labels: Int32Array.of(0, 1) };
    const { W, bias } = ridge(data, 2, { alpha: 2 });
    expect(W).toEqual(Float64Array.of(-0.25, 0.25));
    expect(bias).toEqual(Float64Array.of(0.5, 0.5));
  });

  it('satisfies the normal equations in the primal and in the dual form', () => {
    for (const rows of [61, 7]) {
      const train = {
        features: cloud.train.features.subarray(0, rows * 10),
        labels: cloud.train.labels.subarray(0, rows),
      };
      const found = ridge(train, 3, { alpha: 0.3 });
      const scores = linearScores(found, train.features);
      for (let c = 0; c < 3; c++) {
        for (let d = 0; d < 10; d++) {
          let gradient = 0.3 * found.W[c * 10 + d];
          train.labels.forEach((label, row) => {
            gradient += (scores[row * 3 + c] - (label === c ? 1 : 0)) * train.features[row * 10 + d];
          });
          expect(gradient).toBeCloseTo(0, 10);
        }
      }
    }
  });

  it('multiplies large matrices natively to the digits of a plain double-precision sum, and leaks no tensor', () => {
    const [N, D] = [4500, 150]; // more than one block of rows and of columns, none of them whole
    const features = normalArray(key(3), N * D, 2, 1);
    const mean = Float64Array.from({ length: D }, (_, d) => 2 + d / D);
    const before = tf.memory().numTensors;
    const gram = gramMatrix({ features, mean });
    for (const [i, j] of [
      [0, 0],
      [127, 3],
      [128, 128],
      [149, 127],
      [149, 149],
    ]) {
      let sum = 0;
      for (let row = 0; row < N; row++) {
        sum += (features[row * D + i] - mean[i]) * (features[row * D + j] - mean[j]);
      }
      expect(Math.abs(gram[i * D + j] - sum)).toBeLessThan(1e-9);
    }
    expect(tf.memory().numTensors).toBe(before);
  });

  it('scores an absent class 0', () => {
    const scores = linearScores(ridge(cloud.train, 4, { alpha: 1 }), cloud.test.features);
    expect(scores.filter((_, at) => at % 4 === 3).every((score) => Math.abs(score) < 1e-12)).toBe(true);
  });

  it('refuses NaN by its row, one sample and alpha 0', () => {
    const broken = { features: Float32Array.of(1, 2, NaN), labels: Int32Array.of(0, 1, 0) };
    expect(() => ridge(broken, 2, { alpha: 1 })).toThrow(/row 2 holds NaN/);
    expect(() => ridge({ features: Float32Array.of(1), labels: Int32Array.of(0) }, 2, { alpha: 1 })).toThrow(
      /one sample/,
    );
    expect(() => ridge(cloud.train, 3, { alpha: 0 })).toThrow(/alpha must be > 0, got 0/);
  });
});

describe('ridgeProbe', () => {
  it('names its protocol', async () => {
    const [metric] = await collect(ridgeProbe(cloud, { alphas: [1], scale: 'l2' }));
    expect(metric).toMatchObject({ metric: 'ridge.l2.alpha1.top1', n: 60, unit: '%', direction: 'up' });
    expect(metric.value).toBeGreaterThan(80);
  });

  it('refuses train without some class', async () => {
    await expect(
      collect(ridgeProbe({ ...cloud, classes: 4 }, { alphas: [1], scale: 'raw' })),
    ).rejects.toThrow(/train has no sample of class 3 of 4/);
  });
});
