import { fold, key, normalArray } from '@fovea/random';
import { tf } from '@fovea/tensorflow';
import { describe, expect, it } from 'vitest';
import { knn } from './knn.ts';
import { knnClassify } from './knn-classify.ts';
import { blobs, collect } from '../testing/blobs.ts';

const square = {
  features: Float32Array.of(1, 0, 0, 1, -1, 0, 0, -1),
  labels: Int32Array.of(0, 1, 2, 3),
};

describe('knnClassify', () => {
  it('gives the votes worked out by hand', () => {
    const { scores, predictions } = knnClassify(square, Float32Array.of(3, 4), 4, { k: 2, temperature: 0.5 });
    expect(predictions).toEqual(Int32Array.of(1));
    expect(Array.from(scores)).toEqual([Math.exp(0.6 / 0.5), Math.exp(0.8 / 0.5), 0, 0]);
  });

  it('equals a plain double-precision search on clustered features far from the origin', () => {
    const { train, test, classes } = blobs({ classes: 7, D: 24, train: 900, test: 150, spread: 0.7 });
    const shift = (features: Float32Array) => features.map((value) => value * 1e-3 + 5);
    const moved = { features: shift(train.features), labels: train.labels };
    const options = { k: 15, temperature: 0.07 };
    const ours = knnClassify(moved, shift(test.features), classes, options);
    const { scores } = plain(moved, shift(test.features), classes, options);
    ours.scores.forEach((score, at) =>
      expect(score).toBeCloseTo(scores[at], -Math.log10(1e-6 * (1 + scores[at]))),
    );
  });

  it('breaks ties by the lower train row, then by the lower class', () => {
    const duplicates = {
      features: Float32Array.from({ length: 200 }, (_, at) => (at % 2 === 0 ? 1 : 0.25)),
      labels: Int32Array.from({ length: 100 }, (_, row) => (row < 3 ? 2 : row < 6 ? 1 : 0)),
    };
    const one = Float32Array.of(1, 0.25);
    expect(knnClassify(duplicates, one, 3, { k: 4, temperature: 0.07 }).predictions[0]).toBe(2);
    expect(knnClassify(duplicates, one, 3, { k: 6, temperature: 0.07 }).predictions[0]).toBe(1);
  });

  it('treats a row of zeros as cosine 0 to everything', () => {
    const { scores } = knnClassify(square, Float32Array.of(0, 0), 4, { k: 2, temperature: 0.07 });
    expect(Array.from(scores)).toEqual([1, 1, 0, 0]);
  });

  it('does not change when features are scaled row by row', () => {
    const { train, test, classes } = blobs({ classes: 4, D: 8, train: 200, test: 50, spread: 0.5 });
    const scaled = test.features.map((value, at) => value * 2 ** (Math.floor(at / 8) % 9));
    const options = { k: 10, temperature: 0.07 };
    expect(knnClassify(train, scaled, classes, options).scores).toEqual(
      knnClassify(train, test.features, classes, options).scores,
    );
  });

  it('predicts at a temperature where the votes themselves overflow', () => {
    const { predictions } = knnClassify(square, Float32Array.of(3, 4), 4, { k: 3, temperature: 1e-4 });
    expect(predictions).toEqual(Int32Array.of(1));
  });

  it('works in blocks and leaks no tensor', () => {
    const features = normalArray(fold(key(1), 'bank'), 30_000 * 2);
    const bank = { features, labels: Int32Array.from({ length: 30_000 }, (_, row) => row % 5) };
    const before = tf.memory().numTensors;
    const queries = normalArray(fold(key(1), 'queries'), 1200 * 2); // three blocks
    const { predictions } = knnClassify(bank, queries, 5, { k: 5, temperature: 0.07 });
    expect(tf.memory().numTensors).toBe(before);
    const last = knnClassify(bank, queries.subarray(2398), 5, { k: 5, temperature: 0.07 });
    expect(last.predictions[0]).toBe(predictions[1199]);
  });

  it('refuses NaN by its row, impossible k, temperature and unknown options', () => {
    const test = Float32Array.of(1, 0);
    const bad = { features: Float32Array.of(1, 0, 0, NaN), labels: Int32Array.of(0, 1) };
    const options = { k: 1, temperature: 0.07 };
    expect(() => knnClassify(bad, test, 2, options)).toThrow(/train\.features: row 1 holds NaN in column 1/);
    expect(() => knnClassify(square, Float32Array.of(1, Infinity), 4, options)).toThrow(
      /test: row 0 holds Infinity/,
    );
    expect(() => knnClassify(square, Float32Array.of(1, 2, 3), 4, options)).toThrow(/test/);
    expect(() => knnClassify(square, test, 4, { k: 5, temperature: 0.07 })).toThrow(
      /k must be .*\[1, 4\].*got 5/,
    );
    expect(() => knnClassify(square, test, 4, { k: 1, temperature: 0 })).toThrow(
      /temperature must be > 0, got 0/,
    );
    const misspelt = { ...options, temp: 1 };
    expect(() => knnClassify(square, test, 4, misspelt)).toThrow(/unknown option temp/);
  });
});

describe('knn', () => {
  it('names its protocol and reports percent of the test rows', async () => {
    const splits = {
      train: square,
      test: { features: Float32Array.of(2, 1, 1, 2), labels: Int32Array.of(0, 0) },
      classes: 4,
    };
    expect(await collect(knn(splits, { k: 1, temperature: 0.07 }))).toEqual([
      { metric: 'knn.k1.t0.07.top1', value: 50, n: 2, unit: '%', direction: 'up' },
    ]);
  });

  it('refuses a class that train lacks', async () => {
    const splits = { train: square, test: square, classes: 5 };
    await expect(collect(knn(splits, { k: 1, temperature: 0.07 }))).rejects.toThrow(
      /no sample of class 4 of 5/,
    );
  });
});

/** The definition, without tensors. */
function plain(
  train: { features: Float32Array; labels: Int32Array },
  test: Float32Array,
  classes: number,
  { k, temperature }: { k: number; temperature: number },
): { scores: number[] } {
  const D = train.features.length / train.labels.length;
  const unit = (features: Float32Array, row: number) => {
    const values = Array.from(features.subarray(row * D, (row + 1) * D));
    const length = Math.hypot(...values);
    return values.map((value) => value / length);
  };
  const bank = Array.from(train.labels, (_, row) => unit(train.features, row));
  const scores = Array.from({ length: test.length / D }, (_, query) => {
    const q = unit(test, query);
    const ranked = bank
      .map((row, at) => ({ at, similarity: row.reduce((sum, value, d) => sum + value * q[d], 0) }))
      .sort((a, b) => b.similarity - a.similarity || a.at - b.at)
      .slice(0, k);
    const votes = Array<number>(classes).fill(0);
    for (const { at, similarity } of ranked) votes[train.labels[at]] += Math.exp(similarity / temperature);
    return votes;
  });
  return { scores: scores.flat() };
}
