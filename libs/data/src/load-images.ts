import { availableParallelism } from 'node:os';
import type { Image } from './image-set.ts';
import { progress } from './cache/progress.ts';
import type { Mask, StreamedSet } from './streamed-set.ts';

/** Options of {@link loadImages}. */
export interface LoadOptions {
  /** Which images; default: all. */
  readonly indices?: ArrayLike<number>;
  /** Also decode masks; the set must have them. */
  readonly masks?: boolean;
  /** Leave out images that cannot be decoded, and report them; default: the first one throws. */
  readonly skipCorrupt?: boolean;
}

/** Decoded images by their index in the set. */
export interface LoadedImages {
  /** Length of the whole set: indices stay those of the set. */
  readonly length: number;
  /** The indices that are loaded, in the order asked for, without those that were skipped. */
  readonly indices: Int32Array;
  readonly skipped: readonly { readonly index: number; readonly name: string; readonly reason: string }[];
  image(index: number): Image;
  plane(index: number): Mask;
}

/**
 * Decodes images of a streamed set into memory, several at a time.
 *
 * @throws Error for the first image that cannot be decoded, unless such images are skipped; more than a tenth skipped is an error as well
 * @throws RangeError for an index out of range, or masks that the set has not
 *
 * @example
 * const images = await loadImages(set, { indices: batch, masks: true });
 * makeViews(images, batch, recipe, key(0));
 */
export async function loadImages(set: StreamedSet, options: LoadOptions = {}): Promise<LoadedImages> {
  const { indices, masks = false, skipCorrupt = false, ...unknown } = options;
  if (Object.keys(unknown).length > 0)
    throw new RangeError(`loadImages: unknown option ${Object.keys(unknown).join()}.`);
  if (masks && set.mask === null) throw new RangeError(`loadImages: ${set.name} has no masks.`);
  const wanted =
    indices === undefined ? Array.from({ length: set.length }, (_, index) => index) : Array.from(indices);
  const images = new Map<number, Image>();
  const planes = new Map<number, Mask>();
  const skipped: { index: number; name: string; reason: string }[] = [];
  const load = async (index: number): Promise<void> => {
    try {
      const [image, mask] = await Promise.all([set.image(index), masks ? set.mask?.(index) : undefined]);
      images.set(index, image);
      if (mask !== undefined) planes.set(index, mask);
    } catch (error) {
      if (!skipCorrupt || error instanceof RangeError) throw error;
      skipped.push({ index, name: set.names[index], reason: (error as Error).message });
    }
  };
  await inParallel([...new Set(wanted)], load, availableParallelism() + 2);
  skipped.sort((a, b) => a.index - b.index);
  if (skipped.length > 0)
    progress(`${set.name}: skipped ${skipped.length} of ${wanted.length} images: ${skipped[0].reason}`);
  if (skipped.length > wanted.length / 10) {
    throw new Error(
      `loadImages: ${skipped.length} of ${wanted.length} images of ${set.name} are corrupt, first: ${skipped[0].reason}`,
    );
  }
  const get = <T>(map: Map<number, T>, index: number): T => {
    const found = map.get(index);
    if (found === undefined) throw new RangeError(`${set.name}: image ${index} is not loaded.`);
    return found;
  };
  return {
    length: set.length,
    indices: Int32Array.from(wanted.filter((index) => images.has(index))),
    skipped,
    image: (index) => get(images, index),
    plane: (index) => get(planes, index),
  };
}

/** Runs `work` for each item, at most `width` at a time; the first failure ends it. */
export async function inParallel<T>(
  items: readonly T[],
  work: (item: T) => Promise<void>,
  width: number,
): Promise<void> {
  let next = 0;
  let failed = false;
  const lane = async (): Promise<void> => {
    while (next < items.length && !failed) {
      try {
        await work(items[next++]);
      } catch (error) {
        failed = true;
        throw error;
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(width, items.length) }, lane));
}
