import {
  evaluationBatch,
  makeViews,
  type ChannelStatistics,
  type EvaluationRecipe,
  type ImageSource,
  type Interpolation,
} from '@fovea/augment';
import { digestJson } from '@fovea/files';
import type { Key } from '@fovea/random';
import { checkOptions } from '../protocol/check-options.ts';

/** Normalised images ready for a network. */
export interface NetworkBatch {
  readonly data: Float32Array;
  /** [B, H, W, 3] */
  readonly shape: readonly number[];
}

/** One labelled split as a network takes it: as it stands, or with random crops and flips. */
export interface EvalImages {
  /** [N], integers in [0, classes). */
  readonly labels: Int32Array;
  /** SHA-256 that names images, labels and preparation; the key of resumed pieces. */
  readonly digest: string;
  /** The images of some rows, nothing random. */
  plain(rows: Int32Array): NetworkBatch | Promise<NetworkBatch>;
  /** The same rows augmented for training a head: a pure function of rows and key. */
  augmented(rows: Int32Array, key: Key): NetworkBatch | Promise<NetworkBatch>;
}

/** How images are prepared for heads and fine-tuning. */
export interface EvalImagesOptions {
  /** Preparation without randomness. ImageNet: short side 256, centre 224; CIFAR: as they are. */
  readonly evaluation: EvaluationRecipe;
  /** Side of a training view in pixels. */
  readonly size: number;
  readonly interpolation: Interpolation;
}

/** Share of the area that a training crop of a linear head keeps, as in every source: torchvision's RandomResizedCrop default. */
const CROP = { scale: [0.08, 1], ratio: [3 / 4, 4 / 3] } as const;

/**
 * Labelled images for linear heads and fine-tuning: training views are a random resized crop (scale 0.08 to 1) and a flip, no colour; evaluation takes
 * the plain recipe.
 *
 * @param set - an image set of `@fovea/data`, or anything with images, labels and a digest
 *
 * @example
 * const train = evalImages(await loadCifar10({ split: 'train' }), { evaluation: CIFAR_EVALUATION, size: 32, interpolation: 'bilinear' });
 */
export function evalImages(
  set: ImageSource & { readonly labels: Int32Array; readonly digest: string },
  options: EvalImagesOptions,
): EvalImages {
  checkOptions(options, ['evaluation', 'size', 'interpolation'], 'evalImages');
  const { evaluation, size, interpolation } = options;
  const recipe = {
    name: 'linear-head',
    source: 'MoCo, DINO, SwAV, SimSiam linear scripts: RandomResizedCrop and flip',
    views: [headView(size, interpolation, evaluation.normalize)],
  };
  return {
    labels: set.labels,
    digest: digestJson({ set: set.digest, options }),
    plain: (rows) => evaluationBatch(set, rows, evaluation),
    augmented: (rows, key) => {
      const { data, shape } = makeViews(set, rows, recipe, key);
      return { data, shape: shape.slice(1) };
    },
  };
}

function headView(size: number, interpolation: Interpolation, normalize: ChannelStatistics) {
  const none = { jitter: null, grayscale: 0, blur: null, solarize: null };
  return { size, crop: { ...CROP, interpolation }, flip: 0.5, ...none, normalize };
}
