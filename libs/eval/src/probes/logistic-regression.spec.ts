import { key } from '@fovea/random';
import { tf } from '@fovea/tensorflow';
import { describe, expect, it } from 'vitest';
import { accuracy } from '../metrics/accuracy.ts';
import { argMaxRows, linearScores } from './linear-scores.ts';
import { logisticProbe } from './logistic-probe.ts';
import { logisticRegression } from './logistic-regression.ts';
import { blobs, collect, spied } from '../testing/blobs.ts';

const cloud = blobs({ classes: 5, D: 12, train: 500, test: 200, spread: 0.6 });

describe('logisticRegression', () => {
  it('meets the condition of its optimum for two points: W = p with p = softmax(-2 W)', () => {
    const data = { features: Float32Array.of(-1, 1), labels: Int32Array.of(0, 1) };
    const { W, bias } = logisticRegression(data, 2, { C: 1, precision: 'float64' });
    expect(W[0]).toBeCloseTo(-W[1], 9);
    expect(W[1]).toBeCloseTo(2 / (1 + Math.exp(2 * W[1])), 7);
    expect(bias[0]).toBeCloseTo(0, 9);
  });

  it('finds the same optimum in both precisions', () => {
    const exact = logisticRegression(cloud.train, 5, { C: 1, precision: 'float64' });
    const fast = logisticRegression(cloud.train, 5, { C: 1, precision: 'float32' });
    exact.W.forEach((weight, at) => expect(fast.W[at]).toBeCloseTo(weight, 4));
  });

  it('does not depend on the order of the samples', () => {
    const reversed = {
      features: Float32Array.from(reverseRows(cloud.train.features, 12)),
      labels: cloud.train.labels.slice().reverse(),
    };
    const there = logisticRegression(cloud.train, 5, { C: 0.1, precision: 'float64' });
    const back = logisticRegression(reversed, 5, { C: 0.1, precision: 'float64' });
    there.W.forEach((weight, at) => expect(back.W[at]).toBeCloseTo(weight, 6));
  });

  it('stays finite on separable data with a weak penalty', () => {
    const separable = blobs({ classes: 3, D: 4, train: 60, test: 3, spread: 20 });
    const { W } = logisticRegression(separable.train, 3, { C: 1e4, precision: 'float64' });
    expect(W.every(Number.isFinite)).toBe(true);
    expect(
      accuracy(
        argMaxRows(linearScores({ W, bias: new Float64Array(3) }, separable.train.features), 3),
        separable.train.labels,
      ),
    ).toBeGreaterThan(0.5);
  });

  it('leaks no tensor', () => {
    const before = tf.memory().numTensors;
    logisticRegression(cloud.train, 5, { C: 1, precision: 'float32' });
    expect(tf.memory().numTensors).toBe(before);
  });

  it('refuses an absent class, NaN and a C that is not positive', () => {
    const options = { C: 1, precision: 'float64' } as const;
    expect(() => logisticRegression(cloud.train, 6, options)).toThrow(/class 5 of 6 has no sample/);
    expect(() => logisticRegression(cloud.train, 5, { ...options, C: 0 })).toThrow(/C must be > 0, got 0/);
    const broken = { features: Float32Array.of(1, NaN), labels: Int32Array.of(0, 1) };
    expect(() => logisticRegression(broken, 2, options)).toThrow(/row 1 holds NaN/);
  });
});

describe('logisticProbe', () => {
  it('chooses C on held-out train rows, test labels being without influence', async () => {
    const options = {
      Cs: [1e-6, 1],
      scale: 'standardised',
      precision: 'float64',
      holdOut: 0.2,
      key: key(0),
    } as const;
    const { splits, reads } = spied(cloud);
    const [metric] = await collect(logisticProbe(splits, options));
    expect(metric).toMatchObject({ metric: 'logistic.standardised.C-sweep.top1', n: 200 });
    const broken = { ...cloud.test, labels: cloud.test.labels.map((label) => 4 - label) };
    const [other] = await collect(logisticProbe({ ...cloud, test: broken }, options));
    expect(other.chosen).toEqual(metric.chosen);
    expect(metric.value).toBeGreaterThan(60);
    const single = spied(cloud);
    await collect(logisticProbe(single.splits, { Cs: [1], scale: 'standardised', precision: 'float64' }));
    const countTest = (all: string[]) => all.filter((name) => name === 'test').length;
    expect(countTest(reads)).toBe(countTest(single.reads));
  });

  it('refuses a choice without held-out rows', async () => {
    const options = { Cs: [1, 2], scale: 'raw', precision: 'float64' } as const;
    await expect(collect(logisticProbe(cloud, options))).rejects.toThrow(
      /two or more values of C need holdOut and key/,
    );
  });
});

function reverseRows(features: Float32Array, D: number): number[] {
  const rows = Array.from({ length: features.length / D }, (_, row) => [
    ...features.subarray(row * D, (row + 1) * D),
  ]);
  return rows.reverse().flat();
}
