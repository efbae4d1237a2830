import { describe, expect, it } from 'vitest';
import { METHODS } from '../methods.ts';
import { OTHER_PROCESSOR, processor, readTrace, tracedMethods } from './trace-file.ts';
import { PREFIX, STEPS, trace } from './trace.ts';

const steps = process.env.FOVEA_LONG === '1' ? STEPS : PREFIX;

describe(`the first ${steps} losses`, () => {
  it.each([...METHODS.values()])(
    'of $name are those committed: exactly on the same processor, closely on another',
    (method) => {
      const committed = readTrace(method.name);
      const losses = trace(method, steps);
      if (committed.processor === processor()) {
        expect([...losses]).toEqual([...committed.losses.subarray(0, steps)]);
        return;
      }
      // Rounding grows from step to step, so only the beginning can be held against another processor.
      losses.subarray(0, PREFIX).forEach((loss, step) => {
        const expected = committed.losses[step];
        const error = Math.abs(loss - expected) / Math.max(1, Math.abs(expected));
        expect.soft(error, `step ${step}: ${loss} instead of ${expected}`).toBeLessThan(OTHER_PROCESSOR);
      });
    },
  );

  it('are committed for every method of the registry and for no other', () => {
    expect(tracedMethods().sort()).toEqual([...METHODS.keys()].sort());
    for (const name of METHODS.keys()) {
      const { losses } = readTrace(name);
      expect(losses).toHaveLength(STEPS);
      expect(losses.every(Number.isFinite)).toBe(true);
    }
  });
});
