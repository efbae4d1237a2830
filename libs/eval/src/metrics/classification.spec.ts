import { fold, key, normalArray, permutation } from '@fovea/random';
import { describe, expect, it } from 'vitest';
import { averagePrecision } from './average-precision.ts';
import { classificationMetrics } from './classification-metrics.ts';
import { clusteringMetrics } from './clustering-metrics.ts';
import { hungarian } from './hungarian.ts';
import { segmentationIoU } from './segmentation-iou.ts';
import { topKAccuracy } from './top-k-accuracy.ts';

describe('averagePrecision', () => {
  it('gives the figures worked out by hand', () => {
    const scores = [0.9, 0.8, 0.7, 0.1];
    const labels = [1, 0, 1, 0];
    expect(averagePrecision(scores, labels, 'nonInterpolated')).toBeCloseTo(0.5 + 0.5 * (2 / 3), 14);
    expect(averagePrecision(scores, labels, 'vocArea')).toBeCloseTo(0.5 + 0.5 * (2 / 3), 14);
    expect(averagePrecision(scores, labels, 'voc07')).toBeCloseTo((6 + 5 * (2 / 3)) / 11, 14);
  });

  it('gives the share of positives when all scores are equal', () => {
    for (const kind of ['nonInterpolated', 'vocArea', 'voc07'] as const) {
      expect(averagePrecision([2, 2, 2, 2], [0, 1, 0, 0], kind)).toBeCloseTo(0.25, 14);
    }
  });

  it('does not depend on the order of samples or on a monotone change of scores', () => {
    const scores = Array.from(normalArray(key(0), 60), (value) => Math.round(3 * value));
    const labels = scores.map((_, at) => (at % 3 === 0 ? 1 : 0));
    const order = permutation(key(1), 60);
    const value = averagePrecision(scores, labels, 'nonInterpolated');
    const shuffled = Array.from(order, (at) => Math.exp(scores[at]));
    expect(
      averagePrecision(
        shuffled,
        Array.from(order, (at) => labels[at]),
        'nonInterpolated',
      ),
    ).toBe(value);
  });

  it('refuses NaN by its position, and a class without positives', () => {
    expect(() => averagePrecision([1, NaN], [1, 0], 'voc07')).toThrow(/score 1 is NaN/);
    expect(() => averagePrecision([1, 2], [0, 0], 'voc07')).toThrow(/no positive among 2 labels/);
    expect(() => averagePrecision([1, 2], [0, 2], 'voc07')).toThrow(/label 1 is 2/);
  });
});

describe('classificationMetrics and topKAccuracy', () => {
  const logits = Float32Array.of(3, 1, 1, 1, 2, 1, 5, 5, 5);
  const labels = Int32Array.of(0, 1, 2);

  it('give the figures worked out by hand, the lower class winning ties', () => {
    const { predictions, top1, confusion, balancedAccuracy, macroF1 } = classificationMetrics(
      logits,
      labels,
      3,
    );
    expect(predictions).toEqual(Int32Array.of(0, 1, 0));
    expect(top1).toBeCloseTo(2 / 3, 15);
    expect(confusion).toEqual(Int32Array.of(1, 0, 0, 0, 1, 0, 1, 0, 0));
    expect(balancedAccuracy).toBeCloseTo(2 / 3, 15);
    expect(macroF1).toBeCloseTo((2 / 3 + 1 + 0) / 3, 15);
    expect([1, 2, 3].map((k) => topKAccuracy(logits, labels, 3, k))).toEqual([2 / 3, 2 / 3, 1]);
  });

  it('leave classes out of the mean that occur nowhere', () => {
    const wide = Float32Array.of(2, 1, 0, 0, 0, 2, 1, 0);
    expect(classificationMetrics(wide, Int32Array.of(0, 1), 4)).toMatchObject({
      macroF1: 1,
      balancedAccuracy: 1,
    });
  });

  it('refuse NaN by its row and labels out of range', () => {
    expect(() => classificationMetrics(Float32Array.of(1, 2, NaN, 1), Int32Array.of(0, 1), 2)).toThrow(
      /row 1 holds NaN/,
    );
    expect(() => classificationMetrics(logits, Int32Array.of(0, 1, 3), 3)).toThrow(/row 2 has label 3/);
    expect(() => topKAccuracy(logits, labels, 3, 4)).toThrow(/k must be an integer in \[1, 3\]/);
  });
});

describe('clusteringMetrics', () => {
  const labels = Int32Array.from({ length: 30 }, (_, at) => at % 3);

  it('is perfect for any renaming of the classes, and symmetric where it should be', () => {
    const renamed = labels.map((label) => [7, -2, 40][label]);
    Object.values(clusteringMetrics(labels, renamed)).forEach((value) => expect(value).toBeCloseTo(1, 12));
    const other = Int32Array.from(normalArray(key(3), 30), (value) => Math.round(value));
    const [there, back] = [clusteringMetrics(labels, other), clusteringMetrics(other, labels)];
    for (const name of ['nmi', 'ami', 'ari'] as const) expect(back[name]).toBeCloseTo(there[name], 12);
    expect(back.homogeneity).toBeCloseTo(there.completeness, 12);
  });

  it('gives no credit for one cluster of everything', () => {
    const { nmi, ami, ari, completeness, homogeneity, accuracy } = clusteringMetrics(
      labels,
      new Int32Array(30),
    );
    expect([nmi, ari, homogeneity, completeness]).toEqual([0, 0, 0, 1]);
    expect(ami).toBeCloseTo(0, 12);
    expect(accuracy).toBeCloseTo(1 / 3, 15);
  });

  it('accepts one sample and refuses none', () => {
    expect(clusteringMetrics(Int32Array.of(4), Int32Array.of(9)).accuracy).toBe(1);
    expect(() => clusteringMetrics(new Int32Array(0), new Int32Array(0))).toThrow(/at least one; got 0, 0/);
  });
});

describe('hungarian', () => {
  it('finds what trying all permutations finds, in both orientations', () => {
    for (let seed = 0; seed < 20; seed++) {
      const cost = Array.from(normalArray(fold(key(seed), 'cost'), 20), (value) => Math.round(2 * value));
      const { total, rows, columns } = hungarian(cost, 4, 5);
      expect(total).toBe(bruteForce(cost, 4, 5));
      expect(new Set(columns).size).toBe(4);
      expect(rows).toEqual(Int32Array.of(0, 1, 2, 3));
      const turned = Array.from({ length: 20 }, (_, at) => cost[(at % 4) * 5 + Math.floor(at / 4)]);
      expect(hungarian(turned, 5, 4).total).toBe(total);
    }
  });

  it('refuses NaN by its row', () => {
    expect(() => hungarian([1, 2, NaN, 1], 2, 2)).toThrow(/row 1 holds NaN/);
  });
});

describe('segmentationIoU', () => {
  it('gives the figures worked out by hand and drops ignored pixels', () => {
    const options = { numClasses: 3, ignoreIndex: 255 };
    const { iou, miou, pixelAccuracy } = segmentationIoU([0, 0, 1, 1, 2], [0, 1, 1, 1, 255], options);
    expect(Array.from(iou)).toEqual([0.5, 2 / 3, 0]);
    expect(miou).toBeCloseTo((0.5 + 2 / 3) / 2, 15);
    expect(pixelAccuracy).toBe(0.75);
  });

  it('refuses a class out of range by its pixel and a target of ignored pixels only', () => {
    const options = { numClasses: 2, ignoreIndex: null };
    expect(() => segmentationIoU([0, 2], [0, 1], options)).toThrow(/prediction of pixel 1 is 2/);
    expect(() => segmentationIoU([0], [255], { numClasses: 2, ignoreIndex: 255 })).toThrow(
      /every pixel is ignored/,
    );
  });
});

function bruteForce(cost: readonly number[], rows: number, columns: number): number {
  const search = (row: number, used: number): number => {
    if (row === rows) return 0;
    const totals = Array.from({ length: columns }, (_, column) =>
      (used >> column) & 1 ? Infinity : cost[row * columns + column] + search(row + 1, used | (1 << column)),
    );
    return Math.min(...totals);
  };
  return search(0, 0);
}
