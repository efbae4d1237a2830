import { describe, expect, it } from 'vitest';
import { bamUniformLoss } from './bam-uniform-loss.ts';

describe('bamUniformLoss', () => {
  it('is log(T(B - 1)), and log(TB) without positive masking', () => {
    expect(bamUniformLoss(2, 256)).toBeCloseTo(6.2344, 4);
    expect(bamUniformLoss(2, 4, false)).toBe(Math.log(8));
    expect(() => bamUniformLoss(2, 1)).toThrow('bamUniformLoss: batch must be a whole number >= 2, got 1.');
  });
});
