import type { ViewsRecipe } from '../views/recipe.ts';
import {
  CIFAR_ASYMMETRIC,
  CIFAR_BAM,
  CIFAR_SIMCLR,
  CIFAR_SYMMETRIC,
  CIFAR_VICREG,
  CIFAR_WEAK,
} from './cifar.ts';
import {
  COCO_BYOL,
  COCO_CAST,
  COCO_SGCL,
  IMAGENET_BAM,
  IMAGENET_BYOL,
  IMAGENET_DINO,
  IMAGENET_MOCO_V1,
  IMAGENET_MOCO_V2,
  IMAGENET_MOCO_V3,
  IMAGENET_SIMCLR,
  IMAGENET_SWAV,
} from './imagenet.ts';

/** Every named recipe by its name. */
export const RECIPES: ReadonlyMap<string, ViewsRecipe> = new Map(
  [
    CIFAR_SIMCLR,
    CIFAR_BAM,
    CIFAR_SYMMETRIC,
    CIFAR_ASYMMETRIC,
    CIFAR_WEAK,
    CIFAR_VICREG,
    IMAGENET_SIMCLR,
    IMAGENET_MOCO_V1,
    IMAGENET_MOCO_V2,
    IMAGENET_MOCO_V3,
    IMAGENET_BYOL,
    IMAGENET_SWAV,
    IMAGENET_DINO,
    IMAGENET_BAM,
    COCO_BYOL,
    COCO_SGCL,
    COCO_CAST,
  ].map((recipe) => [recipe.name, recipe]),
);
