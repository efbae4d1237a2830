import { describe, expect, it } from 'vitest';
import type { IntervalOf } from './judge-claim.ts';
import { meanAndSpread } from './mean-and-spread.ts';
import { seedsToTell } from './seeds-to-tell.ts';

/** Mean plus or minus two standard errors. */
const twoErrors: IntervalOf = (gains) => {
  const { mean, sd, n } = meanAndSpread(gains);
  return { low: mean - (2 * sd) / Math.sqrt(n), high: mean + (2 * sd) / Math.sqrt(n) };
};

describe('seedsToTell', () => {
  it('is the n at which the standard error has become small enough', () => {
    // mean 1, sd 2: 2 * 2 / sqrt(n) < 1 from n = 17 on
    const gains = [-1, 1, 3];
    expect(meanAndSpread(gains)).toMatchObject({ mean: 1, sd: 2 });
    expect(seedsToTell(gains, 0, { twoErrors })).toBe(17);
    expect(seedsToTell(gains.map((gain) => -gain), 0, { twoErrors })).toBe(17);
    expect(seedsToTell(gains, 0.4, { twoErrors })).toBe(45);
  });
  it('is what there is where that tells already, and without end where there is no gain', () => {
    expect(seedsToTell([5, 5.1, 4.9], 0, { twoErrors })).toBe(3);
    expect(seedsToTell([-1, 1], 0, { twoErrors })).toBe(Infinity);
  });
  it('asks every interval', () => {
    const never: IntervalOf = () => ({ low: -1, high: 1 });
    expect(seedsToTell([5, 5.1, 4.9], 0, { twoErrors, never })).toBe(Infinity);
  });
});
