import { describe, expect, it } from 'vitest';
import { bamReg } from './bam-reg.ts';

describe('bamReg', () => {
  it('goes linearly from reg to regFinal and stays there', () => {
    const options = { reg: 0.1, regFinal: 0.05, epochs: 11 };
    expect([0, 5, 10, 11, 500].map((epoch) => bamReg(epoch, options))).toEqual([
      0.1, 0.07500000000000001, 0.05, 0.05, 0.05,
    ]);
    expect(bamReg(7)).toBe(0.05);
    expect(() => bamReg(-1)).toThrow('bamReg: epoch must be a whole number >= 0, got -1.');
  });
});
