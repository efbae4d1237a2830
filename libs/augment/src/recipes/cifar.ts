import type { EvaluationRecipe } from '../views/evaluation-batch.ts';
import type { JitterRange, ViewRecipe, ViewsRecipe } from '../views/recipe.ts';
import { CIFAR10_STATISTICS } from './statistics.ts';

const strong: JitterRange = { probability: 0.8, brightness: 0.8, contrast: 0.8, saturation: 0.8, hue: 0.2 };
const mild: JitterRange = { probability: 0.8, brightness: 0.4, contrast: 0.4, saturation: 0.4, hue: 0.1 };
const paler: JitterRange = { ...mild, saturation: 0.2 };

/** A blur that Pillow draws by its sigma needs about three of them on either side. */
const blur = { probability: 0.5, sigma: [0.1, 2], kernelSize: 13 } as const;

const base: ViewRecipe = {
  size: 32,
  crop: { scale: [0.08, 1], ratio: [3 / 4, 4 / 3], interpolation: 'bilinear' },
  flip: 0.5,
  jitter: strong,
  grayscale: 0.2,
  blur: null,
  solarize: null,
  normalize: CIFAR10_STATISTICS,
};

/** SimCLR on CIFAR-10: two views of one kind, 32 pixels, no blur. */
export const CIFAR_SIMCLR: ViewsRecipe = {
  name: 'cifar-simclr',
  source:
    'solo-learn CIFAR "symmetric" (jitter, crop, grey); no blur at 32 pixels, as in lightly and SimCLR appendix B.9',
  views: [base, base],
};

/** BAM's views at 32 pixels: its global crops and colours, without the blur and solarisation that so few pixels do not bear. */
export const CIFAR_BAM: ViewsRecipe = {
  name: 'cifar-bam',
  source: 'DanielShalam/BAM image_transforms.py and scripts (crop 0.25-1, jitter 0.4/0.4/0.4/0.1), two views',
  views: [
    { ...base, crop: { ...base.crop, scale: [0.25, 1] }, jitter: mild },
    { ...base, crop: { ...base.crop, scale: [0.25, 1] }, jitter: mild },
  ],
};

const globalView: ViewRecipe = { ...base, crop: { ...base.crop, scale: [0.3, 1] }, jitter: mild };
const localView: ViewRecipe = { ...globalView, size: 16, crop: { ...base.crop, scale: [0.08, 0.4] } };

/** Multi-crop at 32 pixels: 2 global and 4 local views of 16 pixels, for BAM, DINO, SwAV, SGCL, MSN and TWIST at a small scale. */
export const CIFAR_MULTI_CROP: ViewsRecipe = {
  name: 'cifar-multi-crop',
  source: 'our own scaling of multi-crop: globals 0.3-1, locals 0.08-0.4, without blur [RECON]',
  views: [globalView, globalView, localView, localView, localView, localView],
};

/** solo-learn's symmetric views on CIFAR: SimCLR, SwAV. */
export const CIFAR_SYMMETRIC: ViewsRecipe = {
  name: 'cifar-symmetric',
  source: 'solo-learn scripts/pretrain/cifar/augmentations/symmetric.yaml',
  views: [
    { ...base, blur },
    { ...base, blur },
  ],
};

/** solo-learn's asymmetric views on CIFAR: MoCo v3, BYOL, DINO, Barlow Twins. */
export const CIFAR_ASYMMETRIC: ViewsRecipe = {
  name: 'cifar-asymmetric',
  source: 'solo-learn scripts/pretrain/cifar/augmentations/asymmetric.yaml',
  views: [
    { ...base, jitter: paler },
    { ...base, jitter: paler, solarize: { probability: 0.2, threshold: 128 / 255 } },
  ],
};

/** solo-learn's weak views on CIFAR: MoCo v2+, SimSiam. */
export const CIFAR_WEAK: ViewsRecipe = {
  name: 'cifar-weak',
  source: 'solo-learn scripts/pretrain/cifar/augmentations/weak.yaml',
  views: [
    { ...base, jitter: mild, blur },
    { ...base, jitter: mild, blur },
  ],
};

const vicReg: ViewRecipe = {
  ...base,
  crop: { ...base.crop, scale: [0.2, 1] },
  jitter: paler,
  solarize: { probability: 0.1, threshold: 128 / 255 },
};

/** solo-learn's views for VICReg on CIFAR. */
export const CIFAR_VICREG: ViewsRecipe = {
  name: 'cifar-vicreg',
  source: 'solo-learn scripts/pretrain/cifar/augmentations/vicreg.yaml',
  views: [vicReg, vicReg],
};

/** CIFAR-10 images for evaluation: normalised, nothing else. */
export const CIFAR_EVALUATION: EvaluationRecipe = { resize: null, normalize: CIFAR10_STATISTICS };
