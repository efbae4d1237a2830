import { key } from '@fovea/random';
import { describe, expect, it } from 'vitest';
import { blockPatchMask, maskSalient, randomErasing, randomPatchMask, toFloat } from '../index.ts';
import { noise } from '../testing/noise.ts';

describe('patch masks', () => {
  it('cover exactly the share asked for, from one patch up', () => {
    for (const [rows, columns] of [
      [1, 1],
      [4, 7],
      [14, 14],
    ]) {
      for (const ratio of [0, 0.3, 0.75, 1]) {
        const wanted = Math.round(ratio * rows * columns);
        const sum = (mask: Uint8Array): number => mask.reduce((a, b) => a + b, 0);
        expect(sum(randomPatchMask(rows, columns, ratio, key(1)))).toBe(wanted);
        expect(sum(blockPatchMask(rows, columns, ratio, 4, key(1)))).toBe(wanted);
      }
    }
  });
  it('of blocks hang together more than random ones', () => {
    let [block, random] = [0, 0];
    for (let seed = 0; seed < 50; seed++) {
      block += contacts(blockPatchMask(14, 14, 0.4, 16, key(seed)));
      random += contacts(randomPatchMask(14, 14, 0.4, key(seed)));
    }
    expect(block).toBeGreaterThan(1.5 * random);
  });
  it('refuse ratios and sizes out of range', () => {
    expect(() => randomPatchMask(2, 2, 1.1, key(0))).toThrow('ratio must be in [0, 1], got 1.1');
    expect(() => blockPatchMask(0, 2, 0.5, 1, key(0))).toThrow('got 0 x 2');
    expect(() => blockPatchMask(2, 2, 0.5, 0, key(0))).toThrow('minimumBlock must be an integer >= 1, got 0');
  });
});

describe('randomErasing', () => {
  it('overwrites one rectangle and nothing else', () => {
    const image = toFloat(noise(20, 30, 1));
    const range = { scale: [0.02, 0.33], ratio: [0.3, 3.3] } as const;
    const { image: erased, box } = randomErasing(image, range, [2, 3, 4], key(5));
    expect(box).not.toBeNull();
    let changed = 0;
    for (let pixel = 0; pixel < 600; pixel++) {
      if (erased.data[pixel * 3] === 2) changed++;
      else expect(erased.data[pixel * 3 + 1]).toBe(image.data[pixel * 3 + 1]);
    }
    expect(changed).toBe((box?.height ?? 0) * (box?.width ?? 0));
    expect(
      randomErasing(toFloat(noise(1, 20, 1)), { scale: [1, 1], ratio: [1, 1] }, [0, 0, 0], key(0)).box,
    ).toBeNull();
  });
});

describe('maskSalient', () => {
  it('covers what the mask covers', () => {
    const image = noise(1, 2, 3);
    const { data } = maskSalient(image, { data: Float32Array.of(1, 0), height: 1, width: 2 }, [10, 20, 30]);
    expect([...data]).toEqual([10, 20, 30, ...image.data.subarray(3)]);
    expect(() => maskSalient(image, { data: Float32Array.of(1), height: 1, width: 1 }, [0, 0, 0])).toThrow(
      '1 x 2 as the image',
    );
  });
});

function contacts(mask: Uint8Array): number {
  let sum = 0;
  for (let at = 0; at < mask.length - 14; at++)
    sum += mask[at] * mask[at + 14] + (at % 14 < 13 ? mask[at] * mask[at + 1] : 0);
  return sum;
}
