import type { Key } from '@fovea/random';
import type { ViewsRecipe } from './recipe.ts';
import { type ImageSource, renderBatch, type ViewBatch } from './render-batch.ts';

/** The views of one size. */
export interface ViewGroup extends ViewBatch {
  /** Places of these views in the recipe. */
  readonly views: readonly number[];
}

/**
 * Views of several sizes (multi-crop): one group per size, in the order in which sizes first appear in the recipe.
 *
 * A view has the same bits as in {@link makeViews}.
 *
 * @param indices - [B] indices into the source
 * @throws RangeError for a malformed recipe or an empty batch
 *
 * Source: multi-crop, SwAV (Caron et al. 2020), section 3.2.
 *
 * @example
 * const [global, local] = makeMultiCropViews(train, indices, IMAGENET_DINO, key(0));
 * global.shape; // [2, B, 224, 224, 3]
 */
export function makeMultiCropViews(
  source: ImageSource,
  indices: ArrayLike<number>,
  recipe: ViewsRecipe,
  key: Key,
): ViewGroup[] {
  return groupBySize(recipe).map((views) => ({
    ...renderBatch('makeMultiCropViews', source, indices, recipe, views, key, undefined, {}),
    views,
  }));
}

/** Places of the views of each size, in the order in which sizes first appear. */
export function groupBySize({ views }: ViewsRecipe): number[][] {
  const groups = new Map<number, number[]>();
  for (const [view, { size }] of views.entries()) groups.set(size, [...(groups.get(size) ?? []), view]);
  return [...groups.values()];
}
