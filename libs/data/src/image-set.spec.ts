import { describe, expect, it } from 'vitest';
import { imageSet, type ImageSetFields } from './index.ts';

const fields: ImageSetFields = {
  name: 'tiny',
  split: 'train',
  height: 1,
  width: 2,
  channels: 3,
  classes: ['a', 'b'],
  labels: Int32Array.of(0, 1, -1),
  images: Uint8Array.from({ length: 18 }, (_, index) => index),
  digest: 'd',
  licence: 'l',
  citation: 'c',
};

describe('imageSet', () => {
  it('hands out images as views of its bytes', () => {
    const set = imageSet(fields);
    expect(set.length).toBe(3);
    expect([...set.image(1).data]).toEqual([6, 7, 8, 9, 10, 11]);
    expect(set.image(1).data.buffer).toBe(fields.images.buffer);
  });
  it('makes subsets in the order asked for, with labels and a digest of their own', () => {
    const set = imageSet(fields);
    const subset = set.subset([2, 0, 0]);
    expect([...subset.labels]).toEqual([-1, 0, 0]);
    expect([...subset.image(0).data]).toEqual([12, 13, 14, 15, 16, 17]);
    expect(subset.digest).toBe(set.subset(Int32Array.of(2, 0, 0)).digest);
    expect(subset.digest).not.toBe(set.subset([0, 2, 0]).digest);
    expect(set.subset([]).length).toBe(0);
  });
  it('refuses arrays that do not agree, labels that are no class, and indices out of range', () => {
    expect(() => imageSet({ ...fields, images: new Uint8Array(17) })).toThrow(
      'imageSet: tiny has 3 labels, so images must hold 18 bytes (3 x 1 x 2 x 3), got 17.',
    );
    expect(() => imageSet({ ...fields, labels: Int32Array.of(0, 2, 0) })).toThrow(
      '2 classes, but label 2 at 1',
    );
    expect(() => imageSet({ ...fields, height: 0 })).toThrow('0 x 2 x 3');
    for (const index of [-1, 3, 0.5, NaN]) {
      expect(() => imageSet(fields).image(index)).toThrow(`index must be an integer in [0, 3), got ${index}`);
      expect(() => imageSet(fields).subset([index])).toThrow(`got ${index}`);
    }
  });
});
