import { key } from '@fovea/random';
import { describe, expect, it } from 'vitest';
import { blobs, collect, spied } from '../testing/blobs.ts';
import { longTailCounts, longTailRows } from './long-tail-rows.ts';
import { longTail } from './long-tail.ts';

describe('longTailRows', () => {
  const cifar = Int32Array.from({ length: 50_000 }, (_, row) => row % 10);

  it('keeps as many images a class as CIFAR10-LT, for each of the standard factors', () => {
    expect(Array.from(longTailCounts(cifar, 10, 100))).toEqual([
      5000, 2997, 1796, 1077, 645, 387, 232, 139, 83, 50,
    ]);
    expect(longTailRows(cifar, 10, 100)).toHaveLength(12_406);
    expect(longTailRows(cifar, 10, 10)).toHaveLength(20_431);
    expect(longTailRows(cifar, 10, 1)).toHaveLength(50_000);
    const cifar100 = Int32Array.from({ length: 50_000 }, (_, row) => row % 100);
    expect(longTailRows(cifar100, 100, 100)).toHaveLength(10_847);
  });

  it('takes the first rows of each class in rising order, with no draw', () => {
    const labels = Int32Array.of(1, 0, 0, 1, 0, 1, 0, 1);
    expect(Array.from(longTailRows(labels, 2, 2))).toEqual([0, 1, 2, 3, 4, 6]);
    expect(() => longTailRows(labels, 2, 0.5)).toThrow(/imbalance factor must be >= 1, got 0.5/);
    expect(() => longTailRows(labels, 2, 5)).toThrow(/class 1 would keep no row at factor 5/);
  });
});

describe('longTail', () => {
  it('reports all, many, medium and few shots, with C chosen before test is read', async () => {
    const cloud = blobs({ classes: 4, D: 12, train: 800, test: 200, spread: 1.2 });
    const { splits, reads } = spied(cloud);
    const options = { factor: 20, Cs: [1e-4, 1], scale: 'raw', holdOut: 0.25, key: key(0) } as const;
    const metrics = await collect(longTail(splits, options));
    expect(metrics.map(({ metric }) => metric)).toEqual(
      ['top1', 'top1.many', 'top1.medium', 'top1.few'].map(
        (group) => `longtail.f20.logistic.raw.C-sweep.${group}`,
      ),
    );
    expect(metrics[0].chosen).toEqual({ C: 1 });
    expect(metrics[0].value).toBeGreaterThan(70);
    const weighted = metrics.slice(1).reduce((sum, { value, n }) => sum + (value * n) / 200, 0);
    expect(metrics[0].value).toBeCloseTo(weighted, 10);
    expect(reads.filter((read) => read === 'splits.test')).toHaveLength(1);
  });
});
