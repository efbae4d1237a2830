import type { ResNetOptions } from '@fovea/backbones';
import type { KnnOptions, LinearPreset } from '@fovea/eval';
import type { BamLearnerOptions, SimClrOptions } from '@fovea/methods';

/** A method with its own settings; `untrained` is the same network before its first step. */
export type MethodConfig =
  | { readonly name: 'untrained' }
  | ({ readonly name: 'simclr' } & Omit<SimClrOptions, 'backbone'>)
  | ({ readonly name: 'bam' } & Omit<BamLearnerOptions, 'backbone'>);

/** How a method is trained. */
export interface TrainingConfig {
  readonly epochs: number;
  /** Images a step; the last, smaller batch of an epoch is dropped. */
  readonly batch: number;
  readonly optimiser: { readonly name: 'sgd'; readonly momentum: number } | { readonly name: 'adamw' };
  readonly learningRate: number;
  /** Spares biases and norms. */
  readonly weightDecay: number;
  /** Largest global norm of a step's gradients; null: as they come. */
  readonly clipNorm: number | null;
  /** Linear from 0; cosine to 0 afterwards. */
  readonly warmupEpochs: number;
}

/** Everything that determines a run besides its seed, its data and its code. */
export interface RunConfig {
  readonly method: MethodConfig;
  readonly backbone: ResNetOptions;
  readonly data: {
    readonly name: 'cifar10';
    /** First images of the train split that are trained on, without labels. */
    readonly trainImages: number;
    /** First images of the train split whose labels the evaluations use. */
    readonly labelledImages: number;
    /** First images of the test split; 10,000 is all of it. */
    readonly testImages: number;
  };
  /** Name of a view recipe of @fovea/augment. */
  readonly views: string;
  readonly training: TrainingConfig;
  readonly evaluation: { readonly knn: KnnOptions; readonly linear: LinearPreset };
}
