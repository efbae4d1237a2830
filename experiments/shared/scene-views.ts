import { CIFAR_BAM, type ViewRecipe, type ViewsRecipe } from '@fovea/augment';

const [base] = CIFAR_BAM.views;

const view = (size: number, low: number, high: number): ViewRecipe => ({
  ...base,
  size,
  crop: { ...base.crop, scale: [low, high] },
});

/** Two crops of a scene at 32 pixels. */
export const SCENE_PAIR: ViewsRecipe = {
  name: 'scene-pair',
  source: 'our own: MoCo v2 crops (0.2-1) with the colours of BAM, at 32 pixels',
  views: [view(32, 0.2, 1), view(32, 0.2, 1)],
};

/** Two global crops of a scene at 32 pixels and four local ones at 16. */
export const SCENE_MULTI_CROP: ViewsRecipe = {
  name: 'scene-multi-crop',
  source:
    'our own: the crop scales of the SGCL reconstruction (0.05-0.4 for local crops) with the colours of BAM',
  views: [
    view(32, 0.25, 1),
    view(32, 0.25, 1),
    view(16, 0.05, 0.4),
    view(16, 0.05, 0.4),
    view(16, 0.05, 0.4),
    view(16, 0.05, 0.4),
  ],
};
