import type { CopyPasteRecipe, ViewsRecipe } from '@fovea/augment';
import type { SceneRecipe } from '@fovea/data';
import type { KnnOptions, LinearPreset } from '@fovea/eval';
import type { SaliencyEstimator } from '@fovea/saliency';
import type { BackboneOptions } from '@fovea/methods';

/** A method by its name in the registry, with all of its options; `untrained` is the same network before its first step. */
export interface MethodConfig {
  readonly name: string;
  readonly options: Readonly<Record<string, unknown>>;
}

/** The images of a run; lengths count images. */
export type DataConfig =
  | {
      readonly name: 'cifar10';
      /** First images of the train split that are trained on, without labels. */
      readonly trainImages: number;
      /** First images of the train split whose labels the evaluations use. */
      readonly labelledImages: number;
      /** First images of the test split; 10,000 is all of it. */
      readonly testImages: number;
    }
  | {
      readonly name: 'emoji-scenes';
      /** Scenes that are trained on, without labels. */
      readonly pretraining: SceneRecipe;
      /** Scenes of the labelled and the test set. */
      readonly evaluation: SceneRecipe;
      readonly backgrounds: 'textures' | 'cifar10';
      readonly trainImages: number;
      readonly labelledImages: number;
      readonly testImages: number;
    };

/** Where the salient region of a training image is read: its exact mask, an estimator without training, or nowhere. */
export type SaliencySource = 'none' | 'ground-truth' | SaliencyEstimator;

/** How training views are made. */
export interface ViewsConfig {
  readonly recipe: ViewsRecipe;
  readonly saliency: SaliencySource;
  /** DiLo's pasting of foregrounds; needs a saliency source. */
  readonly copyPaste: CopyPasteRecipe | null;
  /** Maps of the learner's own evaluated network, from an epoch on (counted from 0), renewed every so many epochs. */
  readonly guide: {
    /** Views whose crops the maps place; none: the maps give the crops' scores alone. */
    readonly views: readonly number[];
    readonly fromEpoch: number;
    readonly everyEpochs: number;
  } | null;
}

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

/** What is measured of the frozen network. */
export interface EvaluationConfig {
  readonly knn: KnnOptions;
  readonly linear: LinearPreset;
  /** Linear evaluation on 1 % and 10 % of the labels beside the one on all. */
  readonly fewLabels: boolean;
  /** Accuracies on the variants of the Backgrounds Challenge; EmojiScenes only. */
  readonly backgrounds: boolean;
  /** Where difference attention and channel sums lie on scenes with masks; EmojiScenes only. */
  readonly grounding: boolean;
}

/** Everything that determines a run besides its seed, its data and its code. */
export interface RunConfig {
  readonly method: MethodConfig;
  readonly backbone: BackboneOptions;
  readonly data: DataConfig;
  readonly views: ViewsConfig;
  readonly training: TrainingConfig;
  readonly evaluation: EvaluationConfig;
}
