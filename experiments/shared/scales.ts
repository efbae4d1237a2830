import type { Sizes } from '@fovea/methods';
import type { Profile } from '@fovea/results';
import type { EvaluationConfig, TrainingConfig } from './run-config.ts';

/** What a profile scales; everything else is the same code with the same settings. */
export interface Scale {
  /** Channels of the ResNet's first stage. */
  readonly width: number;
  readonly epochs: number;
  readonly batch: number;
  readonly trainImages: number;
  readonly labelledImages: number;
  readonly testImages: number;
  /** Widths of heads, rows of queues and banks; empty: the paper's. */
  readonly sizes: Sizes;
}

/** SGD with momentum, linear warm-up and a cosine, at a rate proportional to the batch. */
export function sgdTraining(
  { epochs, batch }: Pick<Scale, 'epochs' | 'batch'>,
  { ratePer128, weightDecay }: { readonly ratePer128: number; readonly weightDecay: number },
): TrainingConfig {
  return {
    epochs,
    batch,
    optimiser: { name: 'sgd', momentum: 0.9 },
    learningRate: (ratePer128 * batch) / 128,
    clipNorm: null,
    weightDecay,
    warmupEpochs: epochs >= 100 ? 10 : 1,
  };
}

/** kNN and linear evaluation, with what an experiment adds. */
export function evaluation(
  added: Partial<Pick<EvaluationConfig, 'fewLabels' | 'backgrounds' | 'grounding'>> = {},
): EvaluationConfig {
  return {
    knn: { k: 20, temperature: 0.07 },
    linear: 'standard',
    fewLabels: false,
    backgrounds: false,
    grounding: false,
    ...added,
  };
}

/** A value for each profile. */
export type ByProfile<T> = Readonly<Record<Profile, T>>;
