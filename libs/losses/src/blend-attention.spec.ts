import { describe, expect, it } from 'vitest';

import { tf } from '@fovea/tensorflow';
import { blendAttention } from './blend-attention.ts';
import { value } from './testing/check.ts';

describe('blendAttention', () => {
  it('is the weighted mean of the two losses', () => {
    expect(value(blendAttention(tf.scalar(2), tf.scalar(1), 3))).toBeCloseTo(1.25, 6);
    expect(value(blendAttention(tf.scalar(2), tf.scalar(1), 0))).toBe(2);
    expect(value(blendAttention(tf.scalar(2), tf.scalar(1), tf.scalar(1)))).toBe(1.5);
    expect(() => blendAttention(tf.scalar(2), tf.scalar(1), -1)).toThrow(
      'blendAttention: lambda must lie in',
    );
  });
});
