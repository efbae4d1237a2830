import type { Sizes } from '@fovea/methods';
import type { Profile } from '@fovea/results';
import type { EvaluationConfig, TrainingConfig, ViewsConfig } from './run-config.ts';

/** A profile that runs without a GPU; `paper` is the published recipe of each method, not a scale of ours. */
export type SmallProfile = Exclude<Profile, 'paper'>;

/** What a profile scales; everything else is the same code with the same settings. */
export interface Scale {
  /** Channels of the ResNet's first stage. */
  readonly width: number;
  readonly epochs: number;
  readonly batch: number;
  readonly trainImages: number;
  readonly labelledImages: number;
  readonly testImages: number;
  /** Widths of heads, rows of queues and banks. */
  readonly sizes: Sizes;
}

/** A value for each profile of ours. */
export type Scales = Readonly<Record<SmallProfile, Scale>>;

/** SGD with momentum, an epoch of linear warm-up and a cosine to 0, at a rate proportional to the batch. */
export function sgdTraining(
  { epochs, batch }: Pick<Scale, 'epochs' | 'batch'>,
  { ratePer128, weightDecay }: { readonly ratePer128: number; readonly weightDecay: number },
): TrainingConfig {
  return {
    epochs,
    batch,
    optimiser: { name: 'sgd', momentum: 0.9 },
    learningRate: (ratePer128 * batch) / 128,
    finalRate: 0,
    decay: 'cosine',
    warmupEpochs: 1,
    warmupStart: 0,
    weightDecay: [weightDecay, weightDecay],
    clipNorm: null,
  };
}

/** kNN and linear evaluation, with what an experiment adds. */
export function evaluation(added: Partial<EvaluationConfig> = {}): EvaluationConfig {
  return {
    knn: { k: 20, temperature: 0.07 },
    linear: 'standard',
    linearOn: 'features',
    fewLabels: false,
    fineTuning: null,
    backgrounds: false,
    grounding: false,
    segmentation: null,
    detection: null,
    transfer: null,
    ...added,
  };
}

/** Views of a recipe that nothing guides, with what an arm adds. */
export function views(recipe: ViewsConfig['recipe'], added: Partial<ViewsConfig> = {}): ViewsConfig {
  return { recipe, saliency: 'none', copyPaste: null, guide: null, boxes: null, regions: null, ...added };
}
