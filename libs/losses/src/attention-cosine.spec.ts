import { describe, expect, it } from 'vitest';

import { tf, type Tensor3D } from '@fovea/tensorflow';
import { attentionCosine } from './attention-cosine.ts';
import { expectOrderFree, itIsALoss, value } from './testing/check.ts';
import { waves } from './testing/waves.ts';

const mask = tf.tensor3d([1, 0, 0, 1, 0.5, 1, 0, 0, 0, 0, 1, 1], [2, 2, 3]);
const positive = () => tf.sigmoid(waves([2, 2, 3])) as Tensor3D;

describe('attentionCosine', () => {
  it('is 0 for a map that is a multiple of the mask and 1 for a disjoint one', () => {
    for (const over of ['batch', 'image'] as const) {
      expect(value(attentionCosine(tf.mul(mask, 7) as Tensor3D, mask, { over }))).toBeCloseTo(0, 6);
      expect(value(attentionCosine(tf.sub(1, tf.ceil(mask)) as Tensor3D, mask, { over }))).toBeCloseTo(1, 6);
    }
  });

  it('takes the batch as one vector unless told otherwise', () => {
    const scaled = tf.mul(mask, tf.tensor3d([[[1]], [[9]]])) as Tensor3D;
    expect(value(attentionCosine(scaled, mask, { over: 'image' }))).toBeCloseTo(0, 6);
    expect(value(attentionCosine(scaled, mask))).toBeGreaterThan(0.05);
  });

  it('is 1 for an empty map or mask', () => {
    expect(value(attentionCosine(positive(), tf.zeros([2, 2, 3])))).toBe(1);
    expect(value(attentionCosine(tf.zeros([2, 2, 3]), mask, { over: 'image' }))).toBe(1);
  });

  it('does not depend on the order of images', () => {
    expectOrderFree((m, s) => attentionCosine(m as Tensor3D, s as Tensor3D), positive(), mask);
  });

  it('says what is wrong with its arguments', () => {
    expect(() => attentionCosine(positive(), tf.zeros([2, 3, 3]))).toThrow(
      'attentionCosine: mask_BHW must have shape [2, 2, 3]',
    );
    expect(() => attentionCosine(positive(), mask, { over: 'pixel' as never })).toThrow(
      'over must be batch or image, got pixel.',
    );
  });

  itIsALoss((m) => attentionCosine(m as Tensor3D, mask), positive);
});
