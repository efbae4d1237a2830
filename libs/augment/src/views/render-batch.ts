import { fold, type Key, Stream } from '@fovea/random';
import { type Box, type ByteImage, checkImage } from '../image.ts';
import { forImage } from './image-fault.ts';
import { checkRecipe, type ViewsRecipe } from './recipe.ts';
import { draw } from './render-view.ts';
import { CROP, drawView, type ViewParams } from './sample-view.ts';

/** Anything that hands out images by index; the image sets of `@fovea/data` fit. */
export interface ImageSource {
  readonly length: number;
  image(index: number): ByteImage;
}

/** A batch of views. */
export interface ViewBatch {
  readonly data: Float32Array; // [V, B, H, W, 3]
  readonly shape: readonly [views: number, batch: number, height: number, width: number, channels: 3];
  /** What was drawn for each view of each image, the crop box included. */
  readonly params: readonly (readonly ViewParams[])[]; // [V][B]
}

/** What a guided method changes: where the crop lies, and which pixels are cropped. */
export interface BatchHooks {
  /** The crop of one view; undefined: a random resized crop. The stream is the one that the default would use. */
  readonly crop?: (image: ByteImage, index: number, view: number, stream: Stream) => Box | undefined;
  /** The image that one view is cut from; default: the image itself. It must have the same size. */
  readonly prepare?: (
    image: ByteImage,
    index: number,
    view: number,
    params: ViewParams,
    key: Key,
  ) => ByteImage;
}

/** Rows of a larger batch: they are written from row `from` on of `of`. */
export interface BatchRows {
  readonly from: number;
  readonly of: number;
}

/** Renders some views of a recipe, all of one size, for the images at some indices. The shared body of every `make…Views`. */
export function renderBatch(
  caller: string,
  source: ImageSource,
  indices: ArrayLike<number>,
  recipe: ViewsRecipe,
  which: readonly number[],
  key: Key,
  out: Float32Array | undefined,
  hooks: BatchHooks,
  rows: BatchRows = { from: 0, of: indices.length },
): ViewBatch {
  checkRecipe(recipe);
  const { size } = recipe.views[which[0]];
  const batch = indices.length;
  if (batch === 0) throw new RangeError(`${caller}: indices must not be empty.`);
  const stride = size * size * 3;
  const needed = which.length * rows.of * stride;
  const data = out ?? new Float32Array(needed);
  if (data.length !== needed) {
    throw new RangeError(
      `${caller}: out must hold ${which.length} x ${rows.of} x ${size} x ${size} x 3 values, got ${data.length}.`,
    );
  }
  const params: ViewParams[][] = which.map(() => []);
  for (let row = 0; row < batch; row++) {
    const index = indices[row];
    const imageKey = fold(key, index);
    forImage(index, () => {
      const image = source.image(index);
      checkImage(image, caller);
      for (const [place, view] of which.entries()) {
        const viewKey = fold(imageKey, view);
        const drawn = drawView(recipe.views[view], image.height, image.width, viewKey);
        const crop = hooks.crop?.(image, index, view, new Stream(fold(viewKey, CROP)));
        const used = crop === undefined ? drawn : { ...drawn, crop };
        const prepared = hooks.prepare?.(image, index, view, used, viewKey) ?? image;
        draw(prepared, recipe.views[view], used, data, (place * rows.of + rows.from + row) * stride);
        params[place].push(used);
      }
    });
  }
  return { data, shape: [which.length, rows.of, size, size, 3], params };
}
