import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import type { Plane, PlaneSource } from '@fovea/augment';
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
): Promise<PlaneSource | null> {
  if (source === 'none') return null;
  if (source === 'ground-truth') {
    if (masks === null) throw new Error('saliencyPlanes: this set has no masks; name an estimator.');
    return masks;
  }
  const folder = join(cacheDirectory(), 'saliency');
  const estimate = source === 'random' ? { key: key(0) } : {};
  const images = (function* (): Generator<Image> {
    for (let index = 0; index < train.length; index++) yield train.image(index);
  })();
  await precomputeSaliency(images, { folder, estimator: source, estimate, workers: availableParallelism() });
  const cache = saliencyCache(folder, source, estimate);
  const planes = Array.from({ length: train.length }, (_, index): Plane => {
    const map = cache.read(train.image(index));
    if (map === undefined)
      throw new Error(`saliencyPlanes: the map of image ${index} vanished from ${folder}.`);
    return map;
  });
  return { length: planes.length, plane: (index) => planes[index] };
}
