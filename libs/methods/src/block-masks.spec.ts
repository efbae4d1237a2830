import { key } from '@fovea/random';
import { compile, keyTensor, tf, type Tensor } from '@fovea/tensorflow';
import { describe, expect, it } from 'vitest';
import { blockMasks, randomMasks } from './block-masks.ts';

const shares = { none: 0, low: 0.1, high: 0.5 };
const rowsOf = (mask: Tensor): number[][] => mask.arraySync() as number[][];
const sum = (row: readonly number[]): number => row.reduce((total, value) => total + value, 0);

describe('blockMasks', () => {
  const masks = rowsOf(blockMasks(keyTensor(key(1)), 400, [14, 10], shares));

  it('masks no more than the share of an image, a little less on average', () => {
    const taken = masks.map((row) => sum(row) / 140);
    expect(Math.max(...taken)).toBeLessThanOrEqual(0.5);
    expect(sum(taken) / 400).toBeGreaterThan(0.2);
    expect(sum(taken) / 400).toBeLessThan(0.3);
    expect(new Set(masks.flat())).toEqual(new Set([0, 1]));
  });
  it('masks in blocks: a masked patch has many more masked neighbours than among single patches', () => {
    const neighbours = (all: number[][]): number => {
      let [pairs, both] = [0, 0];
      for (const row of all) {
        for (let at = 0; at < 140; at++) {
          if (row[at] === 0 || at % 10 === 9) continue;
          pairs++;
          both += row[at + 1];
        }
      }
      return both / pairs;
    };
    expect(neighbours(masks)).toBeGreaterThan(0.7);
    expect(neighbours(rowsOf(randomMasks(keyTensor(key(1)), 400, 140, shares)))).toBeLessThan(0.5);
  });
  it('reaches every patch, the border less often than the middle', () => {
    const often = Array.from({ length: 140 }, (_, at) => sum(masks.map((row) => row[at])) / 400);
    expect(Math.min(...often)).toBeGreaterThan(0.02);
    expect(often[0]).toBeLessThan(often[7 * 10 + 5]);
  });
  it('masks nothing of as many images as it is told', () => {
    const none = (probability: number): number =>
      rowsOf(blockMasks(keyTensor(key(2)), 600, [6, 6], { ...shares, none: probability })).filter(
        (row) => sum(row) === 0,
      ).length / 600;
    expect(none(1)).toBe(1);
    expect(none(0.5)).toBeGreaterThan(0.42);
    expect(none(0.5)).toBeLessThan(0.75); // small shares of a small grid may have no room for a block
  });
  it('is a function of the key, compiled as op by op, on any grid', () => {
    const step = compile((own: Tensor) => blockMasks(own, 5, [7, 3], shares), { name: 'masks' });
    expect(rowsOf(step(keyTensor(key(3))))).toEqual(rowsOf(blockMasks(keyTensor(key(3)), 5, [7, 3], shares)));
    expect(rowsOf(step(keyTensor(key(4))))).not.toEqual(rowsOf(step(keyTensor(key(3)))));
    step.dispose();
    for (const grid of [
      [1, 1],
      [1, 5],
      [2, 2],
    ] as const) {
      // prettier-ignore
      const small = blockMasks(keyTensor(key(5)), 8, grid, shares);
      expect(small.shape).toEqual([8, grid[0] * grid[1]]);
      expect(
        rowsOf(small)
          .flat()
          .every((value) => value === 0 || value === 1),
      ).toBe(true);
    }
  });
  it('leaves no tensor behind, and refuses shares that are none', () => {
    const own = keyTensor(key(1));
    const before = tf.memory().numTensors;
    blockMasks(own, 4, [5, 5], shares).dispose();
    expect(tf.memory().numTensors).toBe(before);
    expect(() => blockMasks(own, 4, [5, 5], { ...shares, none: 2 })).toThrow(
      'none must lie in [0, 1], got 2',
    );
    expect(() => blockMasks(own, 4, [5, 5], { ...shares, low: 0.7 })).toThrow('low must not exceed high');
  });
});

describe('randomMasks', () => {
  it('masks exactly the floor of the share of each image', () => {
    const masks = (low: number, high: number): number[] =>
      rowsOf(randomMasks(keyTensor(key(1)), 50, 16, { none: 0, low, high })).map(sum);
    expect(new Set(masks(0.3, 0.3))).toEqual(new Set([4]));
    expect(new Set(masks(1, 1))).toEqual(new Set([16]));
    expect(new Set(masks(0, 0))).toEqual(new Set([0]));
    const drawn = masks(0.1, 0.5);
    expect(Math.min(...drawn)).toBeGreaterThanOrEqual(1);
    expect(Math.max(...drawn)).toBeLessThanOrEqual(7);
    expect(new Set(drawn).size).toBeGreaterThan(4);
  });
});
