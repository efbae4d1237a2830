import type { EvaluationRecipe } from '../views/evaluation-batch.ts';
import type { ViewRecipe, ViewsRecipe } from '../views/recipe.ts';
import { CIFAR10_STATISTICS } from './statistics.ts';

const symmetric: ViewRecipe = {
  size: 32,
  crop: { scale: [0.08, 1], ratio: [3 / 4, 4 / 3], interpolation: 'bilinear' },
  flip: 0.5,
  jitter: { probability: 0.8, brightness: 0.8, contrast: 0.8, saturation: 0.8, hue: 0.2 },
  grayscale: 0.2,
  blur: null,
  solarize: null,
  normalize: CIFAR10_STATISTICS,
};

/** SimCLR on CIFAR-10: two views of one kind, 32 pixels. */
export const CIFAR_SIMCLR: ViewsRecipe = {
  name: 'cifar-simclr',
  source:
    'solo-learn CIFAR "symmetric" (jitter, crop, grey); no blur at 32 pixels, as in lightly and SimCLR appendix B.9',
  views: [symmetric, symmetric],
};

/** CIFAR-10 images for evaluation: normalised, nothing else. */
export const CIFAR_EVALUATION: EvaluationRecipe = { resize: null, normalize: CIFAR10_STATISTICS };
