import type { CopyPasteRecipe, ViewsRecipe } from '@fovea/augment';
import type { SceneRecipe } from '@fovea/data';
import type { DenseRecipe, FineTunePreset, KnnOptions, LinearPreset } from '@fovea/eval';
import type { SaliencyEstimator } from '@fovea/saliency';
import type { BackboneOptions, BoxPlan } from '@fovea/methods';

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
    }
  | {
      /** Ten classes of ImageNet from the user's folder: the central square of every image, in memory. */
      readonly name: 'imagenette';
      /** Pixels of the square's side. */
      readonly side: number;
      /** So many of each list, taken class by class in turn; at most all of it. */
      readonly trainImages: number;
      readonly labelledImages: number;
      readonly testImages: number;
    }
  | {
      /** The user's own folders, decoded image by image; `userFolder` says where they lie. */
      readonly name: 'photographs';
      readonly pretraining: 'imagenet' | 'coco';
      readonly evaluation: 'imagenet' | 'voc07';
      /** Share of the labelled images whose features kNN keeps in memory. */
      readonly bankShare: number;
    };

/**
 * Where the salient region of a training image is read: its exact mask, an estimator without training, the saliency network that comes with
 * @fovea/saliency, or nowhere.
 */
export type SaliencySource = 'none' | 'ground-truth' | 'learned' | SaliencyEstimator;

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
  /** ContrastiveCrop: boxes of the learner's own maps place the crops of some views; excludes `guide`. */
  readonly boxes: (BoxPlan & { readonly views: readonly number[] }) | null;
  /** ORL: a first stage of BYOL finds regions that look alike; the last four views show them. */
  readonly regions: {
    /** Epochs of the first stage, ahead of those of the training. */
    readonly firstEpochs: number;
    /** Pixels of an over-segmentation's cell, of which proposals are made. */
    readonly pixelsPerRegion: number;
    /** Least side of a region in pixels, and regions an image. */
    readonly minimumSide: number;
    readonly count: number;
  } | null;
}

/** A rule that updates weights. */
export type OptimiserConfig =
  | { readonly name: 'sgd'; readonly momentum: number }
  | { readonly name: 'adamw' }
  | {
      readonly name: 'lars';
      readonly momentum: number;
      /** Trust coefficient. */
      readonly eta: number;
      readonly variant: 'barlow' | 'solo';
      /** Rate of biases and norms as a share of the others'. */
      readonly biasRate: number;
    };

/** How a method is trained. */
export interface TrainingConfig {
  readonly epochs: number;
  /** Images a step; the last, smaller batch of an epoch is dropped. */
  readonly batch: number;
  readonly optimiser: OptimiserConfig;
  /** After the warm-up. */
  readonly learningRate: number;
  /** What the cosine runs to. */
  readonly finalRate: number;
  /** A half cosine after the warm-up, or a factor at each of some epochs. */
  readonly decay: 'cosine' | { readonly atEpochs: readonly number[]; readonly factor: number };
  /** Linear from `warmupStart`. */
  readonly warmupEpochs: number;
  readonly warmupStart: number;
  /** Spares biases and norms; half a cosine from the first to the second value. */
  readonly weightDecay: readonly [start: number, end: number];
  /** Largest global norm of a step's gradients; null: as they come. */
  readonly clipNorm: number | null;
}

/** What is measured of the frozen network. */
export interface EvaluationConfig {
  readonly knn: KnnOptions;
  readonly linear: LinearPreset;
  /** Whether the linear head sees new crops of the images every epoch, as published, or features that are kept. */
  readonly linearOn: 'features' | 'images';
  /** Linear evaluation on 1 % and 10 % of the labels beside the one on all. */
  readonly fewLabels: boolean;
  /** Fine-tuning of all weights on 1 % or 10 % of the labels; `epochs` null: the preset's. */
  readonly fineTuning: {
    readonly preset: FineTunePreset;
    readonly epochs: number | null;
    readonly percent: readonly (1 | 10)[];
  } | null;
  /** Accuracies on the variants of the Backgrounds Challenge; EmojiScenes only. */
  readonly backgrounds: boolean;
  /** Where difference attention and channel sums lie on scenes with masks; EmojiScenes only. */
  readonly grounding: boolean;
  /** A linear head on the last map that names every pixel's class; EmojiScenes only. */
  readonly segmentation: DenseRecipe | null;
  /** A small detector on the last map; EmojiScenes only. */
  readonly detection: DenseRecipe | null;
  /** Logistic regression on the features of another set's images: so many to train and to test on. */
  readonly transfer: {
    /** Photographs for a network of scenes, single objects on textures for a network of photographs. */
    readonly set: 'cifar10' | 'emoji-scenes';
    readonly trainImages: number;
    readonly testImages: number;
  } | null;
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
