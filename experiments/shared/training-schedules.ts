import { adamW, cosineSchedule, lars, sgd, stepSchedule, type Optimiser, type Schedule } from '@fovea/train';
import type { TrainingConfig } from './run-config.ts';

/** The values of training that change from step to step. */
export interface TrainingSchedules {
  readonly learningRate: Schedule;
  readonly weightDecay: Schedule;
}

/** Learning rate and weight decay of a run as functions of the steps done. */
export function trainingSchedules(training: TrainingConfig, stepsPerEpoch: number): TrainingSchedules {
  const { epochs, learningRate, finalRate, decay, warmupEpochs, warmupStart, weightDecay } = training;
  const steps = epochs * stepsPerEpoch;
  const warmupSteps = Math.min(warmupEpochs * stepsPerEpoch, steps);
  const [start, end] = weightDecay;
  return {
    learningRate:
      decay === 'cosine'
        ? cosineSchedule({ base: learningRate, final: finalRate, steps, warmupSteps, start: warmupStart })
        : stepSchedule({
            base: learningRate,
            gamma: decay.factor,
            milestones: decay.atEpochs.map((epoch) => epoch * stepsPerEpoch),
            steps,
            warmupSteps,
          }),
    weightDecay: start === end ? () => start : cosineSchedule({ base: start, final: end, steps }),
  };
}

/** The optimiser of a run, at the weight decay that its schedule starts from. */
export function optimiserOf({ optimiser, weightDecay: [weightDecay] }: TrainingConfig): Optimiser {
  switch (optimiser.name) {
    case 'sgd':
      return sgd({ momentum: optimiser.momentum, weightDecay });
    case 'adamw':
      return adamW({ weightDecay });
    case 'lars': {
      const { momentum, eta, variant, biasRate } = optimiser;
      return lars({
        momentum,
        eta,
        variant,
        weightDecay,
        ...(biasRate !== 1 && {
          rateScale: (_: string, weight: { rank: number }) => (weight.rank > 1 ? 1 : biasRate),
        }),
      });
    }
  }
}
