import { checkOptions } from '../optimisers/optimiser.ts';
import { checkStep, checkSteps, type Schedule } from './schedule.ts';

/** Options of `emaMomentumSchedule`. */
export interface EmaMomentumScheduleOptions {
  /** Momentum of the first step, in [0, 1]. */
  readonly base: number;
  readonly steps: number;
}

/**
 * Momentum of a teacher that rises to 1 along half a cosine.
 *
 *     1 - (1 - base)(1 + cos(pi t / steps)) / 2
 *
 * @throws RangeError for a base outside of [0, 1], and for a step outside of the schedule
 *
 * Source: the code of DINO and MoCo v3, against whose vectors it is tested.
 *
 * @example
 * emaMomentumSchedule({ base: 0.996, steps: 2 })(1); // 0.998
 */
export function emaMomentumSchedule(options: EmaMomentumScheduleOptions): Schedule {
  checkOptions('emaMomentumSchedule', options, ['base', 'steps']);
  const { base, steps } = options;
  checkSteps('emaMomentumSchedule', 'steps', steps);
  if (!(base >= 0 && base <= 1)) {
    throw new RangeError(`emaMomentumSchedule: base must lie in [0, 1], got ${base}.`);
  }

  return (step) => {
    checkStep('emaMomentumSchedule', step, steps);
    return 1 - 0.5 * (1 - base) * (1 + Math.cos((Math.PI * step) / steps));
  };
}
