import type { EstimateSaliencyOptions, SaliencyEstimator } from './estimate-saliency.ts';
import type { Image, SaliencyMap } from './image.ts';
import type { MapMaker } from './map-maker.ts';
import { withDefaults } from './options.ts';
import { saliencyCache } from './saliency-cache.ts';
import { saliencyPool, type SaliencyPool } from './saliency-pool.ts';

/** How maps are computed ahead. */
export interface PrecomputeSaliencyOptions {
  /** Folder of caches. */
  readonly folder: string;
  /** An estimator's name, or what makes maps in another way (a network), in this thread. */
  readonly estimator: SaliencyEstimator | MapMaker;
  /** Options of an estimator by name. */
  readonly estimate: Partial<EstimateSaliencyOptions>;
  /** Threads for an estimator by name. */
  readonly workers: number;
  /** Called after every image. */
  readonly onProgress: (done: PrecomputedSaliency) => void;
}

/** What was done. */
export interface PrecomputedSaliency {
  /** Maps that were not there before. */
  readonly computed: number;
  /** Maps that an earlier run had computed. */
  readonly reused: number;
  readonly directory: string;
}

/**
 * Computes and keeps the maps of all images; a map that is there already is not computed again, so a run that was stopped goes on.
 *
 * Images are read as threads become free, a few at a time.
 *
 * @throws Error for unknown options, what no estimator can use, and a cache that cannot be written
 */
export async function precomputeSaliency(
  images: AsyncIterable<Image> | Iterable<Image>,
  options: Partial<PrecomputeSaliencyOptions> & Pick<PrecomputeSaliencyOptions, 'folder' | 'estimator'>,
): Promise<PrecomputedSaliency> {
  const defaults = {
    folder: '',
    estimator: 'rbd' as SaliencyEstimator | MapMaker,
    estimate: {},
    workers: 1,
    onProgress: () => {},
  };
  const o = withDefaults<PrecomputeSaliencyOptions>(options, defaults, 'precomputeSaliency');
  const cache = saliencyCache(o.folder, o.estimator, o.estimate);
  const { estimator } = o;
  const pool = typeof estimator === 'string' ? saliencyPool(o.workers) : undefined;
  const mapOf = async (image: Image): Promise<SaliencyMap> =>
    typeof estimator === 'string'
      ? (pool as SaliencyPool).estimate(image, estimator, o.estimate) // made three lines above
      : estimator.map(image);
  const done = { computed: 0, reused: 0, directory: cache.directory };
  const running = new Set<Promise<void>>();
  try {
    for await (const image of images) {
      if (cache.has(image)) {
        done.reused++;
        o.onProgress({ ...done });
        continue;
      }
      const task = mapOf(image).then((map) => {
        cache.write(image, map);
        done.computed++;
        o.onProgress({ ...done });
        running.delete(task);
      });
      running.add(task);
      if (running.size >= 2 * o.workers) await Promise.race(running);
    }
    await Promise.all(running);
  } finally {
    await pool?.close();
    await Promise.allSettled(running);
  }
  return done;
}
