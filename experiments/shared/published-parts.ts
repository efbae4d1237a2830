import type { BackboneOptions } from '@fovea/methods';
import type { Setting, Sources, SourceTag } from './published-recipe.ts';
import type { OptimiserConfig, TrainingConfig } from './run-config.ts';

/** ResNet-50 at its published width. */
export const RESNET50: BackboneOptions = { kind: 'resnet', depth: 50, width: 64, stem: 'imagenet' };
/** ViT-S/16 of BAM and MoCo v3: 12 heads, fixed positions, frozen patch projection. */
export const VIT_S_12: BackboneOptions = { kind: 'vit', size: 'small-12-heads', patch: 16 };
/** ViT-S/16 of DINO: 6 heads, learnt positions and patch projection. */
export const VIT_S_6: BackboneOptions = {
  kind: 'vit',
  size: 'small',
  patch: 16,
  positions: { learned: 14 },
  frozenPatches: false,
};

/** Optimisers of the recipes; LARS in the form of Barlow Twins and MoCo v3. */
export const SGD: OptimiserConfig = { name: 'sgd', momentum: 0.9 };
export const ADAMW: OptimiserConfig = { name: 'adamw' };
export const LARS: Extract<OptimiserConfig, { name: 'lars' }> = {
  name: 'lars',
  momentum: 0.9,
  eta: 0.001,
  variant: 'barlow',
  biasRate: 1,
};

type Source = `${SourceTag} ${string}`;

/** A recipe's training, where what most have in common need not be said. */
export function training(
  given: Pick<TrainingConfig, 'epochs' | 'batch' | 'optimiser' | 'learningRate'> &
    Partial<Omit<TrainingConfig, 'weightDecay'>> & {
      readonly weightDecay: number | readonly [number, number];
    },
): TrainingConfig {
  const { weightDecay } = given;
  return {
    finalRate: 0,
    decay: 'cosine',
    warmupEpochs: 0,
    warmupStart: 0,
    clipNorm: null,
    ...given,
    weightDecay: typeof weightDecay === 'number' ? [weightDecay, weightDecay] : weightDecay,
  };
}

/** One source for every setting, with the settings that have another one. */
export function from(source: Source, others: Partial<Record<Setting, Source>> = {}): Sources {
  const settings: Record<Setting, Source> = {
    backbone: source,
    views: source,
    epochs: source,
    batch: source,
    optimiser: source,
    'learning rate': source,
    schedule: source,
    'weight decay': source,
    clipping: source,
    method: source,
    'linear evaluation': source,
  };
  return { ...settings, ...others };
}

export const MOCO_REPO = 'CODE facebookresearch/moco';
/** The linear evaluation of MoCo, as the source of a setting. */
export const MOCO_PROBE = { 'linear evaluation': MOCO_REPO } as const;
