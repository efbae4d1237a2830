import type { Key } from '@fovea/random';
import { checkPlane, type PlaneSource } from '../plane.ts';
import { groupBySize, type ViewGroup } from '../views/make-multi-crop-views.ts';
import type { ViewsRecipe } from '../views/recipe.ts';
import { type BatchHooks, type ImageSource, renderBatch } from '../views/render-batch.ts';
import { checkContrastiveCrop, drawContrastiveCrop, type FractionBox } from './contrastive-crop.ts';
import { drawSaliencyCrop } from './saliency-crop.ts';

/** What guides the crops of some views: a box per image (ContrastiveCrop) or a map per image (SGCL). */
export type CropGuide = {
  /** Places of the guided views in the recipe; the others are drawn as without guidance. */
  readonly views: readonly number[];
} & (
  | { readonly kind: 'boxes'; readonly boxes: readonly FractionBox[]; readonly alpha: number }
  | { readonly kind: 'maps'; readonly maps: PlaneSource }
);

/**
 * {@link makeMultiCropViews} where a box or a saliency map of each image places the crops of some views; everything else is drawn as without
 * guidance.
 *
 * @param guide - which views are guided, and boxes or maps by the index of the image
 * @throws RangeError as makeMultiCropViews, and for a guide that lacks an image, holds a malformed box or map, or names no view
 *
 * @example
 * const guide = { kind: 'boxes', boxes, alpha: 0.6, views: [0, 1] } as const;
 * const [{ data }] = makeGuidedViews(train, [0, 1], CIFAR_SIMCLR, guide, key(0));
 */
export function makeGuidedViews(
  source: ImageSource,
  indices: ArrayLike<number>,
  recipe: ViewsRecipe,
  guide: CropGuide,
  key: Key,
): ViewGroup[] {
  const hook = cropHook(recipe, guide, 'makeGuidedViews');
  return groupBySize(recipe).map((views) => ({
    ...renderBatch('makeGuidedViews', source, indices, recipe, views, key, undefined, { crop: hook }),
    views,
  }));
}

/** Where the guide places the crops. @throws RangeError for a guide that names no view */
export function cropHook(
  { views, name }: ViewsRecipe,
  guide: CropGuide,
  caller: string,
): NonNullable<BatchHooks['crop']> {
  const wrong = guide.views.find((view) => !(view in views));
  if (wrong !== undefined) {
    throw new RangeError(`${caller}: ${name} has views 0 to ${views.length - 1}, the guide names ${wrong}.`);
  }
  const guided = new Set(guide.views);
  if (guide.kind === 'boxes') {
    return (image, index, view, stream) => {
      if (!guided.has(view)) return undefined;
      const box = guide.boxes[index] as FractionBox | undefined;
      if (box === undefined) throw new RangeError(`${caller}: the guide has no box for image ${index}.`);
      const { scale, ratio } = views[view].crop;
      const options = { box, alpha: guide.alpha, scale, ratio };
      checkContrastiveCrop(options, `${caller}: image ${index}`);
      return drawContrastiveCrop(image.height, image.width, options, stream);
    };
  }
  return (image, index, view, stream) => {
    if (!guided.has(view)) return undefined;
    const map = guide.maps.plane(index);
    checkPlane(map, `${caller}: image ${index}`);
    return drawSaliencyCrop(image.height, image.width, views[view].crop, map, stream);
  };
}
