import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import type { LoadablePlanes, StreamablePlanes } from '@fovea/augment';
import type { StreamedSet } from '@fovea/data';
import { cacheDirectory } from '@fovea/files';
import { key } from '@fovea/random';
import {
  estimateSaliency,
  learnedSaliency,
  precomputeSaliency,
  saliencyCache,
  type Image,
  type LearnedSaliency,
  type SaliencyEstimator,
} from '@fovea/saliency';
import type { SaliencySource } from './run-config.ts';
import { inMemory, type RunData } from './run-data.ts';

/**
 * The salient region of every training image, from the source that a run names; maps of estimators and networks are kept in the cache folder.
 *
 * Maps of photographs are made, and kept, when they are first asked for; `npx fovea saliency` makes them ahead.
 *
 * @returns null for the source `none`
 * @throws Error for `ground-truth` where the set has no masks
 */
export function saliencyPlanes(
  data: Pick<RunData, 'masks'> & { readonly train: Extract<RunData['train'], { images: unknown }> },
  source: SaliencySource,
): Promise<LoadablePlanes | null>;
export function saliencyPlanes(
  data: Pick<RunData, 'train' | 'masks'>,
  source: SaliencySource,
): Promise<LoadablePlanes | StreamablePlanes | null>;
export async function saliencyPlanes(
  { train, masks }: Pick<RunData, 'train' | 'masks'>,
  source: SaliencySource,
): Promise<LoadablePlanes | StreamablePlanes | null> {
  if (source === 'none') return null;
  if (!inMemory(train)) return photographPlanes(train, source);
  if (source === 'ground-truth') {
    if (masks === null) throw new Error('saliencyPlanes: this set has no masks; name an estimator.');
    return masks;
  }
  const { cache, estimator, estimate, dispose } = makerOf(source);
  try {
    await precomputeSaliency(imagesOf(train), {
      folder: FOLDER(),
      estimator,
      estimate,
      workers: availableParallelism(),
    });
  } finally {
    dispose();
  }
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

const FOLDER = (): string => join(cacheDirectory(), 'saliency');

function photographPlanes(set: StreamedSet, source: Exclude<SaliencySource, 'none'>): StreamablePlanes {
  if (source === 'ground-truth') {
    const { mask } = set;
    if (mask === null) throw new Error(`saliencyPlanes: ${set.name} has no masks; name an estimator.`);
    return {
      plane: async (index) => {
        const { data, height, width } = await mask(index);
        return { data: data.map((value) => (value > 0 ? 255 : 0)), height, width };
      },
    };
  }
  const { cache, estimator, estimate } = makerOf(source);
  return {
    plane: async (index) => {
      const image = await set.image(index);
      const kept = cache.read(image);
      if (kept !== undefined) return kept;
      const map =
        typeof estimator === 'string' ? estimateSaliency(image, estimator, estimate) : estimator.map(image);
      cache.write(image, map);
      return map;
    },
  };
}

/** What makes maps, and where they are kept. */
function makerOf(source: 'learned' | SaliencyEstimator): {
  readonly estimator: SaliencyEstimator | LearnedSaliency;
  readonly estimate: { readonly key?: ReturnType<typeof key> };
  readonly cache: ReturnType<typeof saliencyCache>;
  dispose(): void;
} {
  const estimate = source === 'random' ? { key: key(0) } : {};
  if (source !== 'learned') {
    return {
      estimator: source,
      estimate,
      cache: saliencyCache(FOLDER(), source, estimate),
      dispose: () => undefined,
    };
  }
  const estimator = learnedSaliency();
  return {
    estimator,
    estimate,
    cache: saliencyCache(FOLDER(), estimator),
    dispose: () => estimator.dispose(),
  };
}

function* imagesOf(set: Extract<RunData['train'], { images: unknown }>): Generator<Image> {
  for (let index = 0; index < set.length; index++) yield set.image(index);
}
