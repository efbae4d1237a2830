import type { FeatureScale } from '../splits/scale-features.ts';

/** Everything that training a linear head on cached features depends on, except the seed. */
export interface LinearRecipe {
  readonly optimiser: 'sgd' | 'lars';
  readonly momentum: number;
  readonly nesterov: boolean;
  readonly weightDecay: number;
  /** Learning rate at `batch`. */
  readonly lr: number;
  readonly batch: number;
  readonly epochs: number;
  /** Cosine to 0 over the epochs, or a factor at given epochs; both change once an epoch. */
  readonly schedule: 'cosine' | { readonly at: readonly number[]; readonly factor: number };
  readonly scale: FeatureScale;
}

const sgd = { optimiser: 'sgd', momentum: 0.9, nesterov: false, weightDecay: 0, scale: 'raw' } as const;
const steps = (factor: number, ...at: number[]) => ({ at, factor });

/**
 * Published linear evaluation recipes, learning rates multiplied out at the batch given.
 *
 * On cached features they differ from their sources in one thing: no crops or flips while the head trains. Where a source puts
 * a batch norm without affine before the head (`openselfsup-multihead*`), the columns are standardised by train statistics.
 */
export const linearPresets = {
  /** MoCo v1/v2, InsDis, DiLo and OpenSelfSup's last-layer probe. */
  moco: { ...sgd, lr: 30, batch: 256, epochs: 100, schedule: steps(0.1, 60, 80) },
  'openselfsup-multihead': {
    ...sgd,
    nesterov: true,
    weightDecay: 1e-4,
    lr: 0.01,
    batch: 256,
    epochs: 90,
    schedule: steps(0.1, 30, 60),
    scale: 'standardised',
  },
  'openselfsup-places205': {
    ...sgd,
    nesterov: true,
    weightDecay: 1e-4,
    lr: 0.01,
    batch: 256,
    epochs: 14,
    schedule: steps(0.1, 4, 8, 12),
    scale: 'standardised',
  },
  'openselfsup-inat18': {
    ...sgd,
    nesterov: true,
    weightDecay: 1e-4,
    lr: 0.01,
    batch: 256,
    epochs: 84,
    schedule: steps(0.1, 24, 48, 72),
    scale: 'standardised',
  },
  swav: { ...sgd, weightDecay: 1e-6, lr: 0.3, batch: 256, epochs: 100, schedule: 'cosine' },
  /** DINO and BAM: 0.001 a 256 images. */
  dino: { ...sgd, lr: 0.004, batch: 1024, epochs: 100, schedule: 'cosine' },
  /** 0.1 a 256 images. */
  'mocov3-resnet': { ...sgd, lr: 0.4, batch: 1024, epochs: 90, schedule: 'cosine' },
  /** 3 a 256 images. */
  'mocov3-vit': { ...sgd, lr: 12, batch: 1024, epochs: 90, schedule: 'cosine' },
  /** 0.1 a 256 images. */
  simsiam: { ...sgd, optimiser: 'lars', lr: 1.6, batch: 4096, epochs: 90, schedule: 'cosine' },
  'twist-resnet': { ...sgd, lr: 0.2, batch: 1024, epochs: 100, schedule: 'cosine' },
  'solo-in100': { ...sgd, lr: 1, batch: 256, epochs: 100, schedule: steps(0.1, 60, 80) },
  vissl: {
    ...sgd,
    nesterov: true,
    weightDecay: 5e-4,
    lr: 0.01,
    batch: 256,
    epochs: 28,
    schedule: steps(0.1, 8, 16, 24),
  },
  /** Ours, for small runs: standardised columns make one learning rate fit most backbones. */
  standard: { ...sgd, lr: 0.1, batch: 256, epochs: 30, schedule: 'cosine', scale: 'standardised' },
} as const satisfies Record<string, LinearRecipe>;

/** Name of a published recipe, or `standard`. */
export type LinearPreset = keyof typeof linearPresets;
