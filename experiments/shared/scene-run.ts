import type { ViewsRecipe } from '@fovea/augment';
import type { SceneRecipe } from '@fovea/data';
import type { EvaluationConfig, MethodConfig, RunConfig, ViewsConfig } from './run-config.ts';
import { evaluation, sgdTraining, views, type Scales, type SmallProfile } from './scales.ts';

/** What an experiment on EmojiScenes has of its own. */
export interface SceneExperiment {
  readonly scales: Scales;
  readonly pretraining: SceneRecipe;
  readonly evaluationScenes: SceneRecipe;
  recipe(profile: SmallProfile): ViewsRecipe;
  /** What lies behind the objects of scenes that are trained on; default textures. */
  backgrounds?(profile: SmallProfile): SceneBackgrounds;
  /** Learning rate for a batch of 128; default 0.12. */
  ratePer128?(profile: SmallProfile): number;
  evaluation(profile: SmallProfile): Partial<EvaluationConfig>;
}

/** A run of an experiment on scenes: a method, and what guides its views. */
export type SceneRuns = (
  profile: SmallProfile,
  method: MethodConfig,
  views?: Partial<ViewsConfig>,
) => RunConfig;

type SceneBackgrounds = Extract<RunConfig['data'], { name: 'emoji-scenes' }>['backgrounds'];

/** Runs on EmojiScenes: a narrow ResNet-18, SGD, kNN and linear evaluation of single objects. */
export function sceneRuns(experiment: SceneExperiment): SceneRuns {
  const { scales, pretraining, evaluationScenes } = experiment;
  return (profile, method, guidance) => {
    const scale = scales[profile];
    const { width, trainImages, labelledImages, testImages } = scale;
    return {
      method,
      backbone: { kind: 'resnet', depth: 18, width, stem: 'cifar' },
      data: {
        name: 'emoji-scenes',
        pretraining,
        evaluation: evaluationScenes,
        backgrounds: experiment.backgrounds?.(profile) ?? 'textures',
        trainImages,
        labelledImages,
        testImages,
      },
      views: views(experiment.recipe(profile), guidance),
      training: sgdTraining(scale, {
        ratePer128: experiment.ratePer128?.(profile) ?? 0.12,
        weightDecay: 5e-4,
      }),
      evaluation: evaluation(experiment.evaluation(profile)),
    };
  };
}

/** What of a run on scenes is measured from `small` on: few labels, transfer to photographs. */
export function sceneEvaluation(profile: SmallProfile): Partial<EvaluationConfig> {
  if (profile === 'smoke') return {};
  return {
    fewLabels: true,
    transfer: { set: 'cifar10', trainImages: 4000, testImages: 2000 },
  };
}

/** Dense heads on the frozen last map, from `small` on. */
export function denseEvaluation(profile: SmallProfile): Partial<EvaluationConfig> {
  if (profile === 'smoke') return {};
  return { segmentation: SEGMENTATION, detection: DETECTION };
}

const SEGMENTATION = {
  lr: 0.1,
  weightDecay: 1e-4,
  batch: 16,
  steps: 200,
  warmup: 10,
  schedule: 'poly',
} as const;
const DETECTION = {
  lr: 0.01,
  weightDecay: 1e-4,
  batch: 16,
  steps: 300,
  warmup: 20,
  schedule: { at: [0.7, 0.9], factor: 0.1 },
} as const;
