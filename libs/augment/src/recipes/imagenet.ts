import type { EvaluationRecipe } from '../views/evaluation-batch.ts';
import type { JitterRange, ViewRecipe, ViewsRecipe } from '../views/recipe.ts';
import { IMAGENET_STATISTICS } from './statistics.ts';

const strong: JitterRange = { probability: 0.8, brightness: 0.8, contrast: 0.8, saturation: 0.8, hue: 0.2 };
const mild: JitterRange = { probability: 0.8, brightness: 0.4, contrast: 0.4, saturation: 0.4, hue: 0.1 };
const paler: JitterRange = { ...mild, saturation: 0.2 };
const solarize = { probability: 0.2, threshold: 128 / 255 } as const;

const base: ViewRecipe = {
  size: 224,
  crop: { scale: [0.08, 1], ratio: [3 / 4, 4 / 3], interpolation: 'bilinear' },
  flip: 0.5,
  jitter: mild,
  grayscale: 0.2,
  blur: null,
  solarize: null,
  normalize: IMAGENET_STATISTICS,
};

/** Blur by sigma in 0.1 … 2 pixels; 13 taps hold three sigma on either side. */
function blurred(probability: number): ViewRecipe['blur'] {
  return { probability, sigma: [0.1, 2], kernelSize: 13 };
}

function crop(
  low: number,
  high: number,
  interpolation: 'bilinear' | 'bicubic' = 'bilinear',
): ViewRecipe['crop'] {
  return { scale: [low, high], ratio: [3 / 4, 4 / 3], interpolation };
}

function repeat(view: ViewRecipe, count: number): ViewRecipe[] {
  return Array.from({ length: count }, () => view);
}

/** SimCLR on ImageNet: jitter of strength 1, kernel of a tenth of the image. */
export const IMAGENET_SIMCLR: ViewsRecipe = {
  name: 'imagenet-simclr',
  source: 'SimCLR (Chen et al. 2020), appendix A',
  views: repeat({ ...base, jitter: strong, blur: { probability: 0.5, sigma: [0.1, 2], kernelSize: 23 } }, 2),
};

/** MoCo v1: jitter always on, no blur. Also InsDis. */
export const IMAGENET_MOCO_V1: ViewsRecipe = {
  name: 'imagenet-moco-v1',
  source: 'facebookresearch/moco main_moco.py without --aug-plus',
  views: repeat({ ...base, crop: crop(0.2, 1), jitter: { ...mild, probability: 1, hue: 0.4 } }, 2),
};

/** MoCo v2; SimSiam, DenseCL and DiLo use the same views. */
export const IMAGENET_MOCO_V2: ViewsRecipe = {
  name: 'imagenet-moco-v2',
  source: 'facebookresearch/moco main_moco.py --aug-plus',
  views: repeat({ ...base, crop: crop(0.2, 1), blur: blurred(0.5) }, 2),
};

/** BYOL, and MoCo v3 for ViT (whose ResNet recipe crops from 0.2 on); Barlow Twins, VICReg and PixPro use the same views. */
export const IMAGENET_BYOL: ViewsRecipe = {
  name: 'imagenet-byol',
  source: 'facebookresearch/moco-v3 main_moco.py (BYOL, appendix B)',
  views: [
    { ...base, jitter: paler, blur: blurred(1) },
    { ...base, jitter: paler, blur: blurred(0.1), solarize },
  ],
};

/** MoCo v3 for ResNet-50. */
export const IMAGENET_MOCO_V3: ViewsRecipe = {
  name: 'imagenet-moco-v3',
  source: 'facebookresearch/moco-v3 main_moco.py, crop-min 0.2',
  views: IMAGENET_BYOL.views.map((view) => ({ ...view, crop: crop(0.2, 1) })),
};

/** SwAV with 2 x 224 and 6 x 96 pixels. */
export const IMAGENET_SWAV: ViewsRecipe = {
  name: 'imagenet-swav',
  source: 'facebookresearch/swav multicropdataset.py',
  views: [
    ...repeat({ ...base, crop: crop(0.14, 1), jitter: strong, blur: blurred(0.5) }, 2),
    ...repeat({ ...base, size: 96, crop: crop(0.05, 0.14), jitter: strong, blur: blurred(0.5) }, 6),
  ],
};

const dino: ViewRecipe = { ...base, crop: crop(0.4, 1, 'bicubic'), jitter: paler };

/** DINO for ViT: 2 global and 8 local views. */
export const IMAGENET_DINO: ViewsRecipe = {
  name: 'imagenet-dino',
  source: 'facebookresearch/dino main_dino.py DataAugmentationDINO',
  views: [
    { ...dino, blur: blurred(1) },
    { ...dino, blur: blurred(0.1), solarize },
    ...repeat({ ...dino, size: 96, crop: crop(0.05, 0.4, 'bicubic'), blur: blurred(0.5) }, 8),
  ],
};

/** DINO for ResNet-50: other scales than for ViT. */
export const IMAGENET_DINO_RESNET: ViewsRecipe = {
  name: 'imagenet-dino-resnet',
  source: 'facebookresearch/dino README, ResNet-50: globals 0.14-1, locals 0.05-0.14',
  views: IMAGENET_DINO.views.map((view) => ({
    ...view,
    crop: view.size === 224 ? crop(0.14, 1, 'bicubic') : crop(0.05, 0.14, 'bicubic'),
  })),
};

/** iBOT for ViT: DINO's views with ten local ones; which patches are masked is the method's own draw. */
export const IMAGENET_IBOT: ViewsRecipe = {
  name: 'imagenet-ibot',
  source: 'bytedance/ibot: 10 locals; scales and colours of DINO [MEM]',
  views: [...IMAGENET_DINO.views, ...IMAGENET_DINO.views.slice(2, 4)],
};

/** TWIST with multi-crop: 2 global and 12 local views. */
export const IMAGENET_TWIST: ViewsRecipe = {
  name: 'imagenet-twist',
  source: 'bytedance/TWIST: globals 0.4-1, 12 locals 0.05-0.4; colours of DINO [MEM]',
  views: [...IMAGENET_DINO.views, ...IMAGENET_DINO.views.slice(2, 6)],
};

const focal: ViewRecipe = { ...base, size: 96, crop: crop(0.05, 0.3), jitter: strong, blur: blurred(0.5) };

/** MSN: the target view, one view whose patches the method drops, and 10 focal views. */
export const IMAGENET_MSN: ViewsRecipe = {
  name: 'imagenet-msn',
  source:
    'facebookresearch/msn: 1 random and 10 focal anchors; scales 0.3-1 and 0.05-0.3 and jitter of strength 1 [MEM]',
  views: [...repeat({ ...focal, size: 224, crop: crop(0.3, 1) }, 2), ...repeat(focal, 10)],
};

const bam: ViewRecipe = { ...base, crop: crop(0.25, 1, 'bicubic') };

/** BAM: DINO's views with saturation 0.4, larger globals and 6 locals. */
export const IMAGENET_BAM: ViewsRecipe = {
  name: 'imagenet-bam',
  source: 'DanielShalam/BAM at 1dfbbf1, the shipped scripts',
  views: [
    { ...bam, blur: blurred(1) },
    { ...bam, blur: blurred(0.1), solarize },
    ...repeat({ ...bam, size: 96, crop: crop(0.05, 0.25, 'bicubic'), blur: blurred(0.5) }, 6),
  ],
};

const orl = IMAGENET_BYOL.views.map((view) => ({ ...view, crop: crop(0.08, 1, 'bicubic') }));

/** BYOL on COCO scenes. */
export const COCO_BYOL: ViewsRecipe = {
  name: 'coco-byol',
  source: 'Jiahao000/ORL configs, stage 1',
  views: orl,
};

/** MoCo v2 and DenseCL on COCO scenes. */
export const COCO_MOCO_V2: ViewsRecipe = {
  name: 'coco-moco-v2',
  source: 'Jiahao000/ORL configs: MoCo v2 baseline',
  views: IMAGENET_MOCO_V2.views,
};

/** SimCLR on COCO scenes. */
export const COCO_SIMCLR: ViewsRecipe = {
  name: 'coco-simclr',
  source: 'Jiahao000/ORL configs: SimCLR baseline, jitter 0.8 / 0.2',
  views: repeat({ ...base, jitter: strong, blur: blurred(0.5) }, 2),
};

/** SGCL: the base views of COCO BYOL and 6 local ones that a saliency map places. [RECON] */
export const COCO_SGCL: ViewsRecipe = {
  name: 'coco-sgcl',
  source: 'reconstruction over ORL constants: locals 96 pixels, scale 0.05-0.4 [RECON]',
  views: [
    ...orl,
    ...repeat({ ...base, size: 96, crop: crop(0.05, 0.4, 'bicubic'), jitter: paler, blur: blurred(0.5) }, 6),
  ],
};

/** CAST on COCO scenes; the crops themselves come from `constrainedCrop`. */
export const COCO_CAST: ViewsRecipe = {
  name: 'coco-cast',
  source: 'salesforce/CAST',
  views: repeat({ ...base, crop: crop(0.2, 1), jitter: { ...mild, probability: 0.5, hue: 0.4 } }, 2),
};

/** ImageNet evaluation: short side 256, central 224. */
export const IMAGENET_EVALUATION: EvaluationRecipe = {
  resize: { short: 256, crop: 224, interpolation: 'bilinear' },
  normalize: IMAGENET_STATISTICS,
};
