export { contrastiveCrop, type ContrastiveCropOptions, type FractionBox } from './guided/contrastive-crop.ts';
export { type ConstrainedCrop, constrainedCrop } from './guided/constrained-crop.ts';
export { type CropGuide, makeGuidedViews } from './guided/make-guided-views.ts';
export { cropWeights, meanInside } from './guided/mean-inside.ts';
export { saliencyCrop } from './guided/saliency-crop.ts';
export { type Box, type ByteImage, type FloatImage, toFloat } from './image.ts';
export { cropBoxes, type CroppedBox, type EdgeBox } from './joint/crop-boxes.ts';
export { cropPlane } from './joint/crop-plane.ts';
export { maskSalient } from './masking/mask-salient.ts';
export { blockPatchMask, randomPatchMask } from './masking/patch-mask.ts';
export { randomErasing } from './masking/random-erasing.ts';
export { adjustBrightness } from './ops/adjust-brightness.ts';
export { adjustContrast } from './ops/adjust-contrast.ts';
export { adjustHue } from './ops/adjust-hue.ts';
export { adjustSaturation } from './ops/adjust-saturation.ts';
export { alphaComposite } from './ops/alpha-composite.ts';
export { centerCropResize } from './ops/center-crop-resize.ts';
export { type Adjustment, colorJitter, type ColorJitterParams } from './ops/color-jitter.ts';
export { gaussianBlur } from './ops/gaussian-blur.ts';
export { grayscale } from './ops/grayscale.ts';
export { hflip } from './ops/hflip.ts';
export { type ChannelStatistics, normalize } from './ops/normalize.ts';
export type { Interpolation } from './ops/resample-weights.ts';
export { resizedCrop } from './ops/resized-crop.ts';
export { solarize } from './ops/solarize.ts';
export { inpaint } from './paste/inpaint.ts';
export {
  type CopyPasteBatch,
  type CopyPasteRecipe,
  makeCopyPasteViews,
  type Pasted,
} from './paste/make-copy-paste-views.ts';
export { pasteForeground } from './paste/paste-foreground.ts';
export { softenPlane } from './paste/soften-plane.ts';
export type { Plane, PlaneSource } from './plane.ts';
export {
  CIFAR_ASYMMETRIC,
  CIFAR_EVALUATION,
  CIFAR_BAM,
  CIFAR_MULTI_CROP,
  CIFAR_SIMCLR,
  CIFAR_SYMMETRIC,
  CIFAR_VICREG,
  CIFAR_WEAK,
} from './recipes/cifar.ts';
export {
  COCO_BYOL,
  COCO_CAST,
  COCO_MOCO_V2,
  COCO_SGCL,
  COCO_SIMCLR,
  IMAGENET_BAM,
  IMAGENET_BYOL,
  IMAGENET_DINO,
  IMAGENET_DINO_RESNET,
  IMAGENET_EVALUATION,
  IMAGENET_IBOT,
  IMAGENET_MOCO_V1,
  IMAGENET_MOCO_V2,
  IMAGENET_MOCO_V3,
  IMAGENET_MSN,
  IMAGENET_SIMCLR,
  IMAGENET_SWAV,
  IMAGENET_TWIST,
} from './recipes/imagenet.ts';
export { RECIPES } from './recipes/recipes.ts';
export { CIFAR10_STATISTICS, IMAGENET_STATISTICS } from './recipes/statistics.ts';
export { type EvaluationBatch, evaluationBatch, type EvaluationRecipe } from './views/evaluation-batch.ts';
export { makeMultiCropViews, type ViewGroup } from './views/make-multi-crop-views.ts';
export { makeViews } from './views/make-views.ts';
export { type CropRange, randomResizedCrop } from './views/random-resized-crop.ts';
export { checkRecipe, type JitterRange, type ViewRecipe, type ViewsRecipe } from './views/recipe.ts';
export type { ImageSource, ViewBatch } from './views/render-batch.ts';
export { renderView, renderViewReference } from './views/render-view.ts';
export { sampleView, type ViewParams } from './views/sample-view.ts';
export { type OpenViewSource, openViewSource } from './source/open-view-source.ts';
export type { BatchArrays, SourceArray } from './source/render-rows.ts';
export type { StoredImages } from './source/stored-images.ts';
export type {
  LoadableImages,
  LoadablePlanes,
  SourceExtra,
  SourceGuide,
  StreamableImages,
  StreamablePlanes,
  ViewSourceOptions,
} from './source/view-source-options.ts';
export { type Colour, drawBox } from './show/draw-box.ts';
export { drawMask } from './show/draw-mask.ts';
export { type ShownViews, showViews, type ShowViewsOptions } from './show/show-views.ts';
export { viewImage } from './show/view-image.ts';
