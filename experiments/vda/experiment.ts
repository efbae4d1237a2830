import { MANY_OBJECTS, ONE_OBJECT } from '@fovea/data';
import type { Profile } from '@fovea/results';
import { FIRST_LOSS_GATE, type Arm, type Experiment } from '../shared/experiment.ts';
import { methodConfig, UNTRAINED } from '../shared/method-config.ts';
import type { MethodConfig, RunConfig, SaliencySource } from '../shared/run-config.ts';
import { evaluation, sgdTraining, type ByProfile, type Scale } from '../shared/scales.ts';
import { SCENE_PAIR } from '../shared/scene-views.ts';
import { vdaClaims } from './claims.ts';

const SCALES: ByProfile<Scale> = {
  smoke: {
    width: 16,
    epochs: 4,
    batch: 128,
    trainImages: 1500,
    labelledImages: 2500,
    testImages: 2000,
    sizes: { hidden: 128, predictor: 128, outputs: 64, queue: 1024, prototypes: 128 },
  },
  small: {
    width: 16,
    epochs: 20,
    batch: 128,
    trainImages: 8000,
    labelledImages: 10_000,
    testImages: 5000,
    sizes: { hidden: 256, predictor: 256, outputs: 128, queue: 4096, prototypes: 256 },
  },
  paper: {
    width: 64,
    epochs: 200,
    batch: 256,
    trainImages: 118_287,
    labelledImages: 100_000,
    testImages: 10_000,
    sizes: {},
  },
};

const trained = (
  title: string,
  method: (profile: Profile) => MethodConfig,
  saliency: SaliencySource = 'none',
  rest: Partial<Arm> = {},
): Arm => ({
  title,
  tags: saliency === 'none' ? [] : ['RECON'],
  config: (profile) => runConfig(profile, method(profile), saliency),
  ...rest,
});

const mocoWith =
  (name: 'moco-v2' | 'dida-moco-v2', changes: Readonly<Record<string, unknown>> = {}) =>
  (profile: Profile): MethodConfig =>
    methodConfig(name, SCALES[profile].sizes, {
      projector: { hiddenNorm: true },
      momentum: profile === 'paper' ? [0.999, 0.999] : [0.98, 0.98],
      symmetric: profile !== 'paper',
      ...changes,
    });

const byolWith =
  (name: 'byol' | 'dida-byol') =>
  (profile: Profile): MethodConfig =>
    methodConfig(name, SCALES[profile].sizes, { momentum: profile === 'paper' ? [0.996, 1] : [0.98, 1] });

const LATER = { profiles: ['small', 'paper'] } as const;
const ASKED = { profiles: [] } as const;

/**
 * VDA and DiDA: where self-supervised networks look on scenes of several objects, and what a loss on that attention changes.
 *
 * Every arm is measured by three maps on scenes with exact masks: the plain channel sum and both forms of difference attention. What the
 * attention loss compares with are exact masks, or RBD's in the unsupervised arm.
 */
export const vdaExperiment: Experiment = {
  name: 'vda',
  title: 'VDA and DiDA: difference attention as a map and as a loss',
  paper:
    'Agarwal, Karanam and Srinivasan, "Learning with Difference Attention for Visually Grounded Self-supervised Representations", arXiv 2306.14603 (2023)',
  seeds: { smoke: [0], small: [0, 1, 2], paper: [0, 1, 2] },
  claims: vdaClaims,
  metrics: [
    'linear.cached.standard.top1.last',
    'grounding.vda-gradient.coverage.t0.5',
    'grounding.vda-gradient.energy',
    'grounding.vda-features.energy',
    'grounding.channel-sum.coverage.t0.5',
    'grounding.channel-sum.energy',
  ],
  gates: {
    ...FIRST_LOSS_GATE,
    'linear.cached.standard.top1.last': { abs: 4, rel: 0, gate: true },
    '*': { abs: 8, rel: 0, gate: false },
  },
  arms: {
    untrained: trained('untrained network', () => UNTRAINED),
    'moco-v2': trained('MoCo v2', mocoWith('moco-v2')),
    'dida-moco-v2': trained('MoCo v2 + DiDA, exact masks', mocoWith('dida-moco-v2'), 'ground-truth'),
    'dida-moco-v2-rbd': trained('MoCo v2 + DiDA, RBD masks', mocoWith('dida-moco-v2'), 'rbd', LATER),
    byol: trained('BYOL', byolWith('byol'), 'none', LATER),
    'dida-byol': trained('BYOL + DiDA, exact masks', byolWith('dida-byol'), 'ground-truth', LATER),
    'dida-weight-1': trained(
      'MoCo v2 + DiDA, weight 1',
      mocoWith('dida-moco-v2', { attention: { weight: 1 } }),
      'ground-truth',
      ASKED,
    ),
    'dida-features': trained(
      'MoCo v2 + DiDA without gradient',
      mocoWith('dida-moco-v2', { attention: { form: 'features' } }),
      'ground-truth',
      ASKED,
    ),
  },
};

function runConfig(profile: Profile, method: MethodConfig, saliency: SaliencySource): RunConfig {
  const scale = SCALES[profile];
  const { width, trainImages, labelledImages, testImages } = scale;
  return {
    method,
    backbone: { kind: 'resnet', depth: 18, width, stem: 'cifar' },
    data: {
      name: 'emoji-scenes',
      pretraining: MANY_OBJECTS,
      evaluation: ONE_OBJECT,
      backgrounds: 'textures',
      trainImages,
      labelledImages,
      testImages,
    },
    views: { recipe: SCENE_PAIR, saliency, copyPaste: null, guide: null },
    training: sgdTraining(scale, { ratePer128: 0.06, weightDecay: 5e-4 }),
    evaluation: evaluation({ fewLabels: profile !== 'smoke', grounding: true }),
  };
}
