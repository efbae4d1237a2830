import { CIFAR10_STATISTICS, type ViewsRecipe } from '@fovea/augment';
import type { Backbone } from '@fovea/backbones';
import type { ImageSet } from '@fovea/data';
import { orlCorrespondences, orlRecipe, orlViews, regionProposals } from '@fovea/methods';
import type { Key } from '@fovea/random';
import type { ViewSource } from '@fovea/train';

/** ORL's second stage with a network of the first, and the views of the third: regions of 32-pixel images, as views of 16. */
export function objectViews(
  stage1: Backbone,
  images: ImageSet,
  recipe: ViewsRecipe,
  batch: number,
  key: Key,
): ViewSource {
  const found = orlCorrespondences(images, stage1, {
    size: 16,
    normalize: CIFAR10_STATISTICS,
    proposals: (index) => regionProposals(images.image(index), { pixelsPerRegion: 25 }),
    regions: { minimumSide: 10, count: 10 },
    batch: 256,
  });
  return orlViews(images, found, orlRecipe(recipe, 16), batch, key);
}
