import { CIFAR_EVALUATION, evaluationBatch, makeViews, RECIPES } from '@fovea/augment';
import type { Backbone } from '@fovea/backbones';
import { loadCifar10, type ImageSet } from '@fovea/data';
import type { FeatureSplits, LabelledFeatures } from '@fovea/eval';
import { fold, permutation, type Key } from '@fovea/random';
import { extractFeatures, type ViewSource } from '@fovea/train';
import type { RunConfig } from './run-config.ts';

const EVALUATION_BATCH = 250;

/** The images of a run. */
export interface RunData {
  readonly train: ImageSet;
  readonly labelled: ImageSet;
  readonly test: ImageSet;
}

/** Loads what a run needs of CIFAR-10; the first call of all fetches and decodes it. */
export async function loadRunData({ data }: RunConfig): Promise<RunData> {
  const limit = Math.max(data.trainImages, data.labelledImages);
  const all = await loadCifar10({ split: 'train', limit });
  const test = await loadCifar10({ split: 'test', limit: data.testImages });
  return { train: first(all, data.trainImages), labelled: first(all, data.labelledImages), test };
}

/** Views of the training images: a new order and new draws every epoch, both functions of the key and the epoch alone. */
export function viewSource(train: ImageSet, config: RunConfig, key: Key): ViewSource {
  const recipe = RECIPES.get(config.views);
  if (recipe === undefined) {
    throw new Error(
      `viewSource: no view recipe "${config.views}"; there are ${[...RECIPES.keys()].join(', ')}.`,
    );
  }
  const { batch } = config.training;
  const stepsPerEpoch = Math.floor(train.length / batch);
  if (stepsPerEpoch < 1) {
    throw new Error(`viewSource: a batch of ${batch} is larger than the ${train.length} training images.`);
  }
  const shape = [recipe.views.length, batch, train.height, train.width, 3] as const;
  const buffer = new Float32Array(shape.reduce((product, size) => product * size, 1));
  return {
    images: batch,
    stepsPerEpoch,
    batch: (epoch, step) => {
      const epochKey = fold(key, epoch);
      const order = permutation(fold(epochKey, 'order'), train.length);
      const indices = order.subarray(step * batch, (step + 1) * batch);
      const { data } = makeViews(train, indices, recipe, fold(epochKey, 'views'), buffer);
      return { views: [{ data, shape }] };
    },
  };
}

/** Features of the labelled train images and of the test images, from the backbone in evaluation mode. */
export function featureSplits(backbone: Backbone, data: RunData): FeatureSplits {
  return {
    train: featuresOf(backbone, data.labelled),
    test: featuresOf(backbone, data.test),
    classes: data.test.classes.length,
  };
}

function featuresOf(backbone: Backbone, images: ImageSet): LabelledFeatures {
  const features = extractFeatures(backbone, images.length, EVALUATION_BATCH, (from, to) =>
    evaluationBatch(images, range(from, to), CIFAR_EVALUATION),
  );
  return { features, labels: images.labels };
}

function first(images: ImageSet, count: number): ImageSet {
  return count === images.length ? images : images.subset(range(0, count));
}

function range(from: number, to: number): Int32Array {
  return Int32Array.from({ length: to - from }, (_, index) => from + index);
}
