import { checkOptions } from '../optimisers/optimiser.ts';
import { checkStep, checkSteps, type Schedule } from './schedule.ts';

/** Options of `cosineSchedule` in steps. */
export interface CosineScheduleOptions {
  /** `dino` (default) ends one step short of `final`; `lightly` ends exactly on it and has no step at `start`. */
  readonly convention?: 'dino' | 'lightly';
  /** Value after the warm-up. */
  readonly base: number;
  /** Value that the cosine runs to; default 0. */
  readonly final?: number;
  readonly steps: number;
  /** Steps of linear warm-up; default 0. */
  readonly warmupSteps?: number;
  /** Value that the warm-up starts from; default 0. */
  readonly start?: number;
}

/** Options of `cosineSchedule` in MoCo v3's form, which counts fractions of epochs. */
export interface MocoV3ScheduleOptions {
  readonly convention: 'mocov3';
  readonly base: number;
  readonly epochs: number;
  readonly warmupEpochs: number;
  readonly itersPerEpoch: number;
}

/**
 * Linear warm-up, then half a cosine.
 *
 *     dino:    warm-up: linspace(start, base, W);            then final + (base - final)(1 + cos(pi t / T)) / 2, T = steps - W
 *     lightly: warm-up: start + (base - start)(t + 1) / W;   then the same over T - 1, so that the last value is final
 *     mocov3:  warm-up: base e / W;                          then base (1 + cos(pi (e - W) / (E - W))) / 2, e = t / itersPerEpoch
 *
 * @throws RangeError for counts that are no counts, and for a step outside of the schedule
 *
 * Source: the code of DINO, lightly and MoCo v3, against whose vectors it is tested.
 *
 * @example
 * cosineSchedule({ base: 1, steps: 4 })(2); // 0.5
 */
export function cosineSchedule(options: CosineScheduleOptions | MocoV3ScheduleOptions): Schedule {
  return options.convention === 'mocov3' ? byEpochs(options) : bySteps(options);
}

function bySteps(options: CosineScheduleOptions): Schedule {
  const known = ['convention', 'base', 'final', 'steps', 'warmupSteps', 'start'];
  checkOptions('cosineSchedule', options, known);
  const { convention = 'dino', base, final = 0, steps, warmupSteps = 0, start = 0 } = options;
  checkSteps('cosineSchedule', 'steps', steps);
  checkSteps('cosineSchedule', 'warmupSteps', warmupSteps, 0);
  const rest = steps - warmupSteps;

  return (step) => {
    checkStep('cosineSchedule', step, steps);
    if (step < warmupSteps) {
      const share = convention === 'dino' ? step / Math.max(warmupSteps - 1, 1) : (step + 1) / warmupSteps;
      return start + (base - start) * share;
    }
    if (convention === 'lightly' && rest === 1) return final;
    const share = (step - warmupSteps) / (convention === 'dino' ? rest : rest - 1);
    return final + 0.5 * (base - final) * (1 + Math.cos(Math.PI * share));
  };
}

function byEpochs(options: MocoV3ScheduleOptions): Schedule {
  checkOptions('cosineSchedule', options, ['convention', 'base', 'epochs', 'warmupEpochs', 'itersPerEpoch']);
  const { base, epochs, warmupEpochs, itersPerEpoch } = options;
  checkSteps('cosineSchedule', 'epochs', epochs);
  checkSteps('cosineSchedule', 'itersPerEpoch', itersPerEpoch);

  return (step) => {
    checkStep('cosineSchedule', step, epochs * itersPerEpoch);
    const epoch = step / itersPerEpoch;
    if (epoch < warmupEpochs) return (base * epoch) / warmupEpochs;
    return 0.5 * base * (1 + Math.cos((Math.PI * (epoch - warmupEpochs)) / (epochs - warmupEpochs)));
  };
}
