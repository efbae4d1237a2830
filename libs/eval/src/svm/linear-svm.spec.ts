import { key } from '@fovea/random';
import { describe, expect, it } from 'vitest';
import { linearSvm } from './linear-svm.ts';
import { blobs } from '../testing/blobs.ts';

const { train } = blobs({ classes: 2, D: 6, train: 80, test: 2, spread: 0.7 });
const options = { C: 1, wPos: 2, wNeg: 1, tolerance: 1e-12, maxPasses: 100_000, key: key(0) };

describe('linearSvm', () => {
  it('meets the condition of its optimum: the gradient of the primal vanishes', () => {
    const { w, bias } = linearSvm(train.features, train.labels, options);
    const gradient = [...w, bias];
    train.labels.forEach((label, row) => {
      const x = [...train.features.subarray(row * 6, (row + 1) * 6), 1];
      const y = label === 1 ? 1 : -1;
      const margin = y * x.reduce((sum, value, d) => sum + value * (d < 6 ? w[d] : bias), 0);
      const cost = 2 * (label === 1 ? 2 : 1) * Math.max(0, 1 - margin);
      x.forEach((value, d) => (gradient[d] -= cost * y * value));
    });
    gradient.forEach((value) => expect(value).toBeCloseTo(0, 9));
  });

  it('finds one optimum whatever the order of the coordinates', () => {
    const [one, two] = [0, 1].map((seed) =>
      linearSvm(train.features, train.labels, { ...options, key: key(seed) }),
    );
    one.w.forEach((weight, d) => expect(two.w[d]).toBeCloseTo(weight, 9));
  });

  it('turns its sign with the classes when both weigh the same', () => {
    const same = { ...options, wPos: 1 };
    const there = linearSvm(train.features, train.labels, same);
    const back = linearSvm(
      train.features,
      train.labels.map((label) => 1 - label),
      same,
    );
    there.w.forEach((weight, d) => expect(back.w[d]).toBeCloseTo(-weight, 9));
  });

  it('refuses one kind only, and NaN by its row; says when passes ran out', () => {
    expect(() =>
      linearSvm(
        train.features,
        train.labels.map(() => 1),
        options,
      ),
    ).toThrow(/80 of 80 samples are positive/);
    expect(() => linearSvm(Float32Array.of(1, NaN), [1, 0], options)).toThrow(/row 1 holds NaN/);
    expect(linearSvm(train.features, train.labels, { ...options, maxPasses: 2 }).converged).toBe(false);
  });
});
