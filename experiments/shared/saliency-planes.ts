import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import type { LoadablePlanes } from '@fovea/augment';
import type { ImageSet } from '@fovea/data';
import { cacheDirectory } from '@fovea/files';
import { key } from '@fovea/random';
import { precomputeSaliency, saliencyCache, type Image } from '@fovea/saliency';
import type { SaliencySource } from './run-config.ts';
import type { RunData } from './run-data.ts';

/**
 * The salient region of every training image, from the source that a run names; maps of estimators are kept in the cache folder.
 *
 * @returns null for the source `none`
 * @throws Error for `ground-truth` where the set has no masks
 */
export async function saliencyPlanes(
  { train, masks }: Pick<RunData, 'train' | 'masks'>,
  source: SaliencySource,
): Promise<LoadablePlanes | null> {
  if (source === 'none') return null;
  if (source === 'ground-truth') {
    if (masks === null) throw new Error('saliencyPlanes: this set has no masks; name an estimator.');
    return masks;
  }
  const folder = join(cacheDirectory(), 'saliency');
  const estimate = source === 'random' ? { key: key(0) } : {};
  await precomputeSaliency(imagesOf(train), {
    folder,
    estimator: source,
    estimate,
    workers: availableParallelism(),
  });
  const cache = saliencyCache(folder, source, estimate);
  const { height, width } = train;
  const planes = new Uint8Array(train.length * height * width);
  let index = 0;
  for (const image of imagesOf(train)) {
    const map = cache.read(image);
    if (map === undefined)
      throw new Error(`saliencyPlanes: the map of image ${index} vanished from ${cache.directory}.`);
    planes.set(
      map.data.map((value) => Math.round(255 * value)),
      index++ * height * width,
    );
  }
  return { planes, height, width };
}

function* imagesOf(set: ImageSet): Generator<Image> {
  for (let index = 0; index < set.length; index++) yield set.image(index);
}
