import type { Key } from '@fovea/random';
import type { CropGuide } from '../guided/make-guided-views.ts';
import type { ByteImage } from '../image.ts';
import type { CopyPasteRecipe } from '../paste/make-copy-paste-views.ts';
import type { Plane } from '../plane.ts';
import { checkRecipe, type ViewsRecipe } from '../views/recipe.ts';
import type { StoredImages } from './stored-images.ts';

/** Images of one size in memory; the image sets of `@fovea/data` fit. */
export interface LoadableImages {
  readonly images: Uint8Array; // [N, H, W, 3]
  readonly length: number;
  readonly height: number;
  readonly width: number;
  readonly channels: number;
}

/** Images of any size that are decoded when asked for; the streamed sets of `@fovea/data` fit. */
export interface StreamableImages {
  readonly length: number;
  /** Where these images lie as pixels: worker threads then read them by themselves, and `image` is not called. */
  readonly stored?: StoredImages | null;
  /** What images are called in messages. */
  readonly names?: readonly string[];
  image(index: number): Promise<ByteImage>;
}

/** Maps of one size in memory: masks or saliency; bytes mean value / 255. */
export interface LoadablePlanes {
  readonly planes: Uint8Array | Float32Array; // [N, h, w]
  readonly height: number;
  readonly width: number;
}

/** Maps that are decoded when asked for, each of its image's size. */
export interface StreamablePlanes {
  plane(index: number): Promise<Plane>;
}

/** What places crops: a box of each image (ContrastiveCrop) or a map (SGCL). */
export type SourceGuide =
  | Extract<CropGuide, { kind: 'boxes' }>
  | { readonly kind: 'maps'; readonly views: readonly number[]; readonly maps: LoadablePlanes };

/**
 * What a batch may hold beside its views; V counts the views of all resolutions.
 *
 * | name     | array                   | meaning                                                                      |
 * | -------- | ----------------------- | ---------------------------------------------------------------------------- |
 * | `index`  | int32 [B]               | number of the image in its set                                               |
 * | `boxes`  | float32 [V, B, 4]       | crop y1, x1, y2, x2 as shares of the image                                   |
 * | `flips`  | float32 [V, B]          | 1 where the view is mirrored                                                 |
 * | `scores` | float32 [V, B]          | mean of the guide's map inside the crop, in [0, 1]; 1 while no map guides    |
 * | `masks`  | float32 [V, B, H, W]    | the image's plane as the views of the first resolution show it, in [0, 1]    |
 * | `masked` | float32 [V, B, H, W, 3] | those views with the plane's region at the set's mean colour                 |
 */
export type SourceExtra = 'index' | 'boxes' | 'flips' | 'scores' | 'masks' | 'masked';

/** Options of `openViewSource`. */
export interface ViewSourceOptions {
  readonly images: LoadableImages | StreamableImages;
  readonly recipe: ViewsRecipe;
  /** Images a batch. What is left at the end of an epoch is left out. */
  readonly batch: number;
  /** Order and views of epoch e come from `fold(key, e)`. */
  readonly key: Key;
  /** Which images; default: all. */
  readonly indices?: ArrayLike<number>;
  /** What each batch holds beside its views; default: nothing. */
  readonly extras?: readonly SourceExtra[];
  /** Masks or saliency of the images, for `masks`, `masked` and `paste`. */
  readonly planes?: LoadablePlanes | StreamablePlanes;
  /** What places crops, from the first batch on; `guideBy` changes it. */
  readonly guide?: SourceGuide;
  /** DiLo's copy-paste. Backgrounds of kind `image` need images in memory or stored pixels, and planes in memory. */
  readonly paste?: CopyPasteRecipe;
  /** Backgrounds for `paste` of kind `texture`. */
  readonly textures?: LoadableImages;
  /** Take the next image for one that cannot be decoded, and report it in `replaced`; default: such an image throws. */
  readonly replaceCorrupt?: boolean;
  /** Worker threads; 0 renders on the calling thread; default: one less than the machine's, at least one. */
  readonly workers?: number;
  /** Batches that are rendered before they are asked for; default: 2. */
  readonly prefetch?: number;
}

const KNOWN = [
  'images', 'recipe', 'batch', 'key', 'indices', 'extras', 'planes', 'guide', 'paste', 'textures', 'replaceCorrupt',
  'workers', 'prefetch',
]; // prettier-ignore

const EXTRAS: readonly string[] = ['index', 'boxes', 'flips', 'scores', 'masks', 'masked'];

/** @throws RangeError naming the option that is unknown, missing or out of range */
export function checkSourceOptions(options: ViewSourceOptions): void {
  const caller = 'openViewSource';
  const { images, recipe, batch, extras = [], planes, paste, textures, workers = 1, prefetch = 0 } = options;
  const unknown = Object.keys(options).filter((name) => !KNOWN.includes(name));
  if (unknown.length > 0)
    throw new RangeError(`${caller}: unknown option ${unknown.join()}; known: ${KNOWN.join()}.`);
  checkRecipe(recipe);
  const length = options.indices?.length ?? images.length;
  if (!(Number.isInteger(batch) && batch >= 1 && batch <= length)) {
    throw new RangeError(`${caller}: batch must be an integer in [1, ${length}], got ${batch}.`);
  }
  const outside = Array.from(options.indices ?? []).find(
    (index) => !(Number.isInteger(index) && index >= 0 && index < images.length),
  );
  if (outside !== undefined) {
    throw new RangeError(`${caller}: indices must be integers in [0, ${images.length}), got ${outside}.`);
  }
  if (!(Number.isInteger(workers) && workers >= 0))
    throw new RangeError(`${caller}: workers must be an integer >= 0, got ${workers}.`);
  if (!(Number.isInteger(prefetch) && prefetch >= 0))
    throw new RangeError(`${caller}: prefetch must be an integer >= 0, got ${prefetch}.`);
  const strange = extras.find((name) => !EXTRAS.includes(name));
  if (strange !== undefined)
    throw new RangeError(`${caller}: extras may hold ${EXTRAS.join()}, got ${strange}.`);
  if (planes === undefined) {
    const needy = paste === undefined ? extras.find((name) => name.startsWith('mask')) : 'paste';
    if (needy !== undefined) throw new RangeError(`${caller}: ${needy} needs planes.`);
  }
  for (const set of [images, textures]) {
    if (set !== undefined && 'images' in set && set.channels !== 3)
      throw new RangeError(`${caller}: images must have 3 channels (RGB), got ${set.channels}.`);
  }
  if (
    paste?.background === 'image' &&
    !(('images' in images || storedOf(images) !== null) && (planes === undefined || 'planes' in planes))
  ) {
    throw new RangeError(
      `${caller}: backgrounds from other images need images and planes in memory; take grey or textures.`,
    );
  }
  checkStored(options, caller);
  if (planes !== undefined && 'planes' in planes) checkPlanes(planes, images.length);
}

/** Where the images lie as pixels, or null where they are in memory or decoded. */
export function storedOf(images: LoadableImages | StreamableImages): StoredImages | null {
  return 'images' in images ? null : (images.stored ?? null);
}

function checkStored({ images, replaceCorrupt = false }: ViewSourceOptions, caller: string): void {
  const stored = storedOf(images);
  if (replaceCorrupt && (stored !== null || 'images' in images))
    throw new RangeError(`${caller}: replaceCorrupt is for images that are decoded on the way.`);
  if (stored === null) return;
  const count = stored.files.reduce((sum, file) => sum + file.count, 0);
  if (stored.channels !== 3 || count !== images.length || stored.checksums.length !== count) {
    throw new RangeError(
      `${caller}: stored images must be ${images.length} of 3 channels with a checksum each, got ${count} of ${stored.channels} with ${stored.checksums.length}.`,
    );
  }
}

/** @throws RangeError when there is not one map for each image */
export function checkPlanes({ planes, height, width }: LoadablePlanes, images: number): void {
  if (planes.length !== images * height * width) {
    throw new RangeError(
      `openViewSource: ${images} maps of ${height} x ${width} hold ${images * height * width} values, got ${planes.length}.`,
    );
  }
}
