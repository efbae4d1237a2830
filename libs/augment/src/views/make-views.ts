import { fold, type Key } from '@fovea/random';
import { checkImage, type ByteImage } from '../image.ts';
import { checkRecipe, type ViewsRecipe } from './recipe.ts';
import { draw } from './render-view.ts';
import { drawView, type ViewParams } from './sample-view.ts';

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

/**
 * Normalised views of the images at some indices, view-major.
 *
 * View `v` of image `i` is drawn from `fold(fold(key, i), v)`, so it does not depend on the batch around it or on who computes it. Fold the
 * epoch into the key first.
 *
 * @param indices - [B] indices into the source
 * @param out - receives the values, length V B H W 3, so that one buffer serves a whole run; default: a new one
 * @throws RangeError for a malformed recipe, views of different sizes, an empty batch or a buffer of another length
 *
 * @example
 * const { data, shape } = makeViews(train, indices, CIFAR_SIMCLR, fold(key(seed), epoch));
 * const views = tf.tensor(data, [...shape]);
 */
export function makeViews(
  source: ImageSource,
  indices: ArrayLike<number>,
  recipe: ViewsRecipe,
  key: Key,
  out?: Float32Array,
): ViewBatch {
  checkRecipe(recipe);
  const { views } = recipe;
  const { size } = views[0];
  const batch = indices.length;
  if (batch === 0) throw new RangeError('makeViews: indices must not be empty.');
  if (views.some((view) => view.size !== size)) {
    throw new RangeError(
      `makeViews: the views of ${recipe.name} have sizes ${views.map((view) => view.size).join()}; one batch needs one size.`,
    );
  }
  const stride = size * size * 3;
  const data = out ?? new Float32Array(views.length * batch * stride);
  if (data.length !== views.length * batch * stride) {
    throw new RangeError(
      `makeViews: out must hold ${views.length} x ${batch} x ${size} x ${size} x 3 values, got ${data.length}.`,
    );
  }
  const params: ViewParams[][] = views.map(() => []);
  for (let row = 0; row < batch; row++) {
    const image = source.image(indices[row]);
    checkImage(image, 'makeViews');
    const imageKey = fold(key, indices[row]);
    for (let view = 0; view < views.length; view++) {
      const drawn = drawView(views[view], image.height, image.width, fold(imageKey, view));
      draw(image, views[view], drawn, data, (view * batch + row) * stride);
      params[view].push(drawn);
    }
  }
  return { data, shape: [views.length, batch, size, size, 3], params };
}
