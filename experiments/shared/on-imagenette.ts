import {
  CIFAR10_STATISTICS,
  CIFAR_BAM,
  IMAGENET_MOCO_V2,
  type ViewRecipe,
  type ViewsRecipe,
} from '@fovea/augment';
import { ASKED } from './arms.ts';
import type { Arm } from './experiment.ts';
import { evaluation } from './scales.ts';

const SIDE = 96;
const BLUR: ViewRecipe['blur'] = { probability: 0.5, sigma: [0.1, 1], kernelSize: 9 };

/** Views of 96 pixels, normalised as all images in memory are. */
const thumbnails = (name: string, source: string, { views }: ViewsRecipe): ViewsRecipe => ({
  name,
  source,
  views: views.map((view) => ({ ...view, size: SIDE, blur: BLUR, normalize: CIFAR10_STATISTICS })),
});

export const THUMBNAIL_BAM = thumbnails(
  'thumbnail-bam',
  'our own: the views of cifar-bam at 96 pixels, with a blur of up to 1 pixel',
  CIFAR_BAM,
);

export const THUMBNAIL_MOCO_V2 = thumbnails(
  'thumbnail-moco-v2',
  'our own: the views of MoCo v2 at 96 pixels, with a blur of up to 1 pixel',
  IMAGENET_MOCO_V2,
);

/** An arm on Imagenette at 96 pixels: the stem of large images, the arm's own method, budget in epochs and guidance. */
export function withImagenette(base: Arm, recipe: ViewsRecipe): Arm {
  return {
    ...base,
    ...ASKED,
    title: `${base.title}, Imagenette`,
    differs: ['data', 'evaluation', 'views', 'backbone'],
    config: (profile) => {
      const config = base.config(profile);
      if (profile === 'paper') return config;
      const { trainImages, labelledImages, testImages } = COUNTS[profile];
      return {
        ...config,
        backbone: { ...config.backbone, stem: 'imagenet' } as typeof config.backbone,
        data: { name: 'imagenette', side: SIDE, trainImages, labelledImages, testImages },
        views: { ...config.views, recipe },
        evaluation: evaluation({ fewLabels: profile !== 'smoke' }),
      };
    },
  };
}

/** At `small` all of the train list and, but for a few of the larger classes, of the val list. */
const COUNTS = {
  smoke: { trainImages: 1000, labelledImages: 1000, testImages: 500 },
  small: { trainImages: 9400, labelledImages: 9400, testImages: 3900 },
};
