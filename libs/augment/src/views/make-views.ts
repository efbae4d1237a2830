import type { Key } from '@fovea/random';
import type { ViewsRecipe } from './recipe.ts';
import { type ImageSource, renderBatch, type ViewBatch } from './render-batch.ts';

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
  return renderBatch('makeViews', source, indices, recipe, allViews(recipe, 'makeViews'), key, out, {});
}

/** The places of all views of a recipe, which must have one size. */
export function allViews(recipe: ViewsRecipe, caller: string): number[] {
  const sizes = recipe.views.map((view) => view.size);
  if (sizes.some((size) => size !== sizes[0])) {
    throw new RangeError(
      `${caller}: the views of ${recipe.name} have sizes ${sizes.join()}; one batch needs one size (makeMultiCropViews takes several).`,
    );
  }
  return sizes.map((_, view) => view);
}
