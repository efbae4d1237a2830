import { renderView, sampleView, type Box, type ImageSource, type ViewsRecipe } from '@fovea/augment';
import { fold, permutation, Stream, type Key } from '@fovea/random';
import type { OrlCorrespondences } from './orl-correspondences.ts';
import { jitteredRegion } from './orl-regions.ts';

/** One batch: the two global views [2, B, H, W, 3], then the four of regions [4, B, h, w, 3]. */
interface OrlBatch {
  readonly views: readonly {
    readonly data: Float32Array;
    readonly shape: readonly number[];
  }[];
}

/** Batches for the third stage; fits `fit` of @fovea/train. */
export interface OrlViewSource {
  readonly images: number;
  readonly stepsPerEpoch: number;
  batch(epoch: number, step: number): OrlBatch;
}

/**
 * ORL, third stage: two views of the image, a region and its jittered copy, and a pair of corresponding regions of the image and one of its neighbours.
 *
 * Region, neighbour and pair are drawn uniformly. Regions are resized and then changed as their view says, without a further crop.
 *
 * @param recipe - the two global views; see `orlRecipe`, which adds the four of regions
 * @param batch - images a batch
 * @returns batches that are pure functions of key, epoch and step, in the order `permutation(fold(fold(key, epoch), 'order'), N)`
 * @throws RangeError for a recipe without exactly six views, the last four of one size, and a batch larger than the set
 *
 * Source: Xie et al. 2021 (ORL), section 3.3; Jiahao000/ORL.
 *
 * @example
 * const views = orlViews(train, found, orlRecipe(COCO_BYOL, 96), 512, key(0));
 * await fit({ learner: ORL.make({ backbone }, key(1)), views, … });
 */
export function orlViews(
  images: ImageSource,
  found: OrlCorrespondences,
  recipe: ViewsRecipe,
  batch: number,
  key: Key,
): OrlViewSource {
  const { views } = recipe;
  const sizes = views.map(({ size }) => size);
  const areAlike = (some: readonly number[]): boolean => some.every((size) => size === some[0]);
  if (views.length !== 6 || !areAlike(sizes.slice(0, 2)) || !areAlike(sizes.slice(2))) {
    throw new RangeError(`orlViews: recipe must hold 2 global views and 4 of regions, got ${sizes.join()}.`);
  }
  if (!(Number.isInteger(batch) && batch >= 1 && batch <= images.length)) {
    throw new RangeError(`orlViews: batch must be an integer in [1, ${images.length}], got ${batch}.`);
  }
  return {
    images: batch,
    stepsPerEpoch: Math.floor(images.length / batch),
    batch: (epoch, step) => {
      const epochKey = fold(key, epoch);
      const order = permutation(fold(epochKey, 'order'), images.length);
      const chosen = order.subarray(step * batch, (step + 1) * batch);
      const data = [2, 4].map((count, group) => {
        const size = sizes[2 * group];
        return {
          data: new Float32Array(count * batch * size * size * 3),
          shape: [count, batch, size, size, 3],
        };
      });
      chosen.forEach((index, row) => {
        const imageKey = fold(fold(epochKey, 'views'), index);
        const regions = drawRegions(images, found, index, imageKey);
        views.forEach((view, place) => {
          const own = place < 2 ? undefined : regions[place - 2];
          const image = images.image(own?.index ?? index);
          const drawn = sampleView(view, image.height, image.width, fold(imageKey, place));
          const params = own === undefined ? drawn : { ...drawn, crop: own.box };
          const group = Number(place >= 2);
          const at = (place - 2 * group) * batch + row;
          renderView(image, view, params, data[group].data, at * view.size ** 2 * 3);
        });
      });
      return { views: data };
    },
  };
}

/** A recipe of two global views with four of regions of another size, which take the colours of the first and the second in turn. */
export function orlRecipe(base: ViewsRecipe, size: number): ViewsRecipe {
  const [first, second] = base.views;
  const regions = [first, second, first, second].map((view) => ({ ...view, size }));
  return { ...base, name: `${base.name}-regions`, views: [first, second, ...regions] };
}

/** Region, jittered copy, region, its match: which image each is of, and where. */
function drawRegions(
  images: ImageSource,
  { regions, neighbours, pairs }: OrlCorrespondences,
  index: number,
  key: Key,
): { readonly index: number; readonly box: Box }[] {
  const draw = new Stream(fold(key, 'regions'));
  const region = regions[index][draw.integer(0, regions[index].length)];
  const which = draw.integer(0, neighbours[index].length);
  const some = pairs[index][which];
  const { own, other } = some[draw.integer(0, some.length)];
  const copy = jitteredRegion(region, images.image(index), fold(key, 'copy'));
  return [
    { index, box: region },
    { index, box: copy },
    { index, box: own },
    { index: neighbours[index][which], box: other },
  ];
}
