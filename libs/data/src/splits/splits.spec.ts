import { describe, expect, it } from 'vitest';
import { labelSplit, loadCifar10, validationSplit } from '../index.ts';
import { drawSplits, SPLIT_SEEDS } from './draw-splits.ts';

describe('the committed lists of CIFAR-10', () => {
  it('are what the script draws from the labels', { timeout: 300_000 }, async () => {
    const { labels } = await loadCifar10({ split: 'train' });
    const drawn = drawSplits('cifar10', labels);
    expect([...validationSplit('cifar10')]).toEqual(drawn.validation);
    for (const seed of SPLIT_SEEDS) {
      expect([...labelSplit('cifar10', 1, seed)]).toEqual(drawn.onePercent[seed]);
      expect([...labelSplit('cifar10', 10, seed)]).toEqual(drawn.tenPercent[seed]);
    }
    for (const [indices, each] of [
      [validationSplit('cifar10'), 500],
      [labelSplit('cifar10', 1, 0), 50],
      [labelSplit('cifar10', 10, 4), 500],
    ] as const) {
      const counts = new Int32Array(10);
      for (const index of indices) counts[labels[index]]++;
      expect([...counts]).toEqual(new Array(10).fill(each));
      expect(new Set(indices).size).toBe(indices.length);
    }
  });
});

describe('the committed lists of Caltech-101', () => {
  it('hold one and two images of each of the 101 classes with 15 training images', () => {
    expect(labelSplit('caltech101-96', 1, 0).length).toBe(101);
    expect(labelSplit('caltech101-96', 10, 0).length).toBe(202);
    expect(validationSplit('caltech101-96').length).toBe(202);
  });
});

describe('all committed lists', () => {
  it.each(['caltech101-96', 'cifar10', 'imagenette96'])(
    'of %s keep labels and validation apart, and nest the short lists in the long ones',
    (name) => {
      const held = new Set(validationSplit(name));
      for (const seed of SPLIT_SEEDS) {
        const ten = new Set(labelSplit(name, 10, seed));
        for (const index of ten) expect(held.has(index)).toBe(false);
        for (const index of labelSplit(name, 1, seed)) expect(ten.has(index)).toBe(true);
      }
      expect(labelSplit(name, 1, 0)).not.toEqual(labelSplit(name, 1, 1));
    },
  );
  it('that do not exist are refused with those that do', () => {
    expect(() => labelSplit('cifar10', 5 as 1, 0)).toThrow(
      'no list cifar10/5-percent-seed0.txt; data sets: caltech101-96,cifar10,imagenette96',
    );
    expect(() => validationSplit('../cifar10')).toThrow('there is no list');
  });
});
