import { checkOptions } from '../optimisers/optimiser.ts';
import { checkStep, checkSteps, type Schedule } from './schedule.ts';

/** Options of `stepSchedule`. */
export interface StepScheduleOptions {
  readonly base: number;
  /** Factor at each milestone; default 0.1. */
  readonly gamma?: number;
  /** Steps at which the value drops, ascending; none: constant. */
  readonly milestones?: readonly number[];
  readonly steps: number;
  /** Steps of linear warm-up from 0, the first of them at base / warmupSteps; default 0. */
  readonly warmupSteps?: number;
}

/**
 * A constant that drops at milestones, after a linear warm-up.
 *
 *     base min(1, (t + 1) / warmupSteps) gamma^(milestones <= t)
 *
 * @throws RangeError for milestones that do not ascend, and for a step outside of the schedule
 *
 * Source: PyTorch's MultiStepLR for the milestones.
 *
 * @example
 * stepSchedule({ base: 1, steps: 10, milestones: [5] })(5); // 0.1
 */
export function stepSchedule(options: StepScheduleOptions): Schedule {
  checkOptions('stepSchedule', options, ['base', 'gamma', 'milestones', 'steps', 'warmupSteps']);
  const { base, gamma = 0.1, milestones = [], steps, warmupSteps = 0 } = options;
  checkSteps('stepSchedule', 'steps', steps);
  checkSteps('stepSchedule', 'warmupSteps', warmupSteps, 0);
  if (milestones.some((at, index) => index > 0 && at <= milestones[index - 1])) {
    throw new RangeError(`stepSchedule: milestones must ascend, got ${milestones.join(', ')}.`);
  }

  return (step) => {
    checkStep('stepSchedule', step, steps);
    const warmup = step < warmupSteps ? (step + 1) / warmupSteps : 1;
    return base * warmup * gamma ** milestones.filter((at) => at <= step).length;
  };
}
