import { describe, expect, it } from 'vitest';
import { cosineSchedule } from './cosine-schedule.ts';
import { emaMomentumSchedule } from './ema-momentum-schedule.ts';
import { stepSchedule } from './step-schedule.ts';

const values = (schedule: (step: number) => number, steps: number) =>
  Array.from({ length: steps }, (_, step) => schedule(step));

describe('cosineSchedule', () => {
  it('warms up to its base and falls from there', () => {
    const rates = values(cosineSchedule({ base: 0.3, steps: 20, warmupSteps: 5 }), 20);
    expect(rates[0]).toBe(0);
    expect(rates[4]).toBe(0.3);
    expect(rates[5]).toBe(0.3);
    for (let step = 6; step < 20; step++) expect(rates[step]).toBeLessThan(rates[step - 1]);
  });

  it('ends on its final value in the convention of lightly only', () => {
    const options = { base: 1, final: 0.1, steps: 8 } as const;
    expect(cosineSchedule({ ...options, convention: 'lightly' })(7)).toBeCloseTo(0.1, 12);
    expect(cosineSchedule({ ...options, convention: 'dino' })(7)).toBeGreaterThan(0.1);
  });

  it('survives schedules of one step', () => {
    expect(cosineSchedule({ base: 1, steps: 1 })(0)).toBe(1);
    expect(cosineSchedule({ base: 1, steps: 1, convention: 'lightly' })(0)).toBe(0);
    expect(cosineSchedule({ base: 1, steps: 1, warmupSteps: 1 })(0)).toBe(0);
  });

  it('refuses steps and counts that are none', () => {
    expect(() => cosineSchedule({ base: 1, steps: 4 })(4)).toThrow('step must lie in [0, 4), got 4');
    expect(() => cosineSchedule({ base: 1, steps: 0 })).toThrow('steps must be an integer >= 1, got 0');
    expect(() => cosineSchedule({ base: 1, steps: 4, warmup: 1 } as never)).toThrow('no option "warmup"');
  });
});

it('stepSchedule drops by gamma at each milestone, after its warm-up', () => {
  const schedule = stepSchedule({ base: 1, gamma: 0.5, milestones: [3, 5], steps: 6, warmupSteps: 2 });
  expect(values(schedule, 6)).toEqual([0.5, 1, 1, 0.5, 0.5, 0.25]);
  expect(() => stepSchedule({ base: 1, milestones: [5, 3], steps: 6 })).toThrow('must ascend');
});

it('emaMomentumSchedule rises from its base towards 1', () => {
  const momenta = values(emaMomentumSchedule({ base: 0.99, steps: 10 }), 10);
  expect(momenta[0]).toBe(0.99);
  expect(momenta[5]).toBeCloseTo(0.995, 12);
  expect(momenta[9]).toBeLessThan(1);
  expect(() => emaMomentumSchedule({ base: 2, steps: 1 })).toThrow('got 2');
});
