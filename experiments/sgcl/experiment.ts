import { MANY_OBJECTS, ONE_OBJECT } from '@fovea/data';
import type { Profile } from '@fovea/results';
import { FIRST_LOSS_GATE, type Arm, type Experiment } from '../shared/experiment.ts';
import { methodConfig, UNTRAINED } from '../shared/method-config.ts';
import type { MethodConfig, RunConfig, ViewsConfig } from '../shared/run-config.ts';
import { evaluation, sgdTraining, type ByProfile, type Scale } from '../shared/scales.ts';
import { SCENE_MULTI_CROP } from '../shared/scene-views.ts';
import { sgclClaims } from './claims.ts';

const SCALES: ByProfile<Scale> = {
  smoke: {
    width: 16,
    epochs: 3,
    batch: 128,
    trainImages: 1500,
    labelledImages: 2500,
    testImages: 2000,
    sizes: { hidden: 256, predictor: 256, outputs: 128, queue: 1024 },
  },
  small: {
    width: 16,
    epochs: 20,
    batch: 128,
    trainImages: 8000,
    labelledImages: 10_000,
    testImages: 5000,
    sizes: { hidden: 512, predictor: 512, outputs: 128, queue: 4096 },
  },
  paper: {
    width: 64,
    epochs: 800,
    batch: 512,
    trainImages: 118_287,
    labelledImages: 100_000,
    testImages: 10_000,
    sizes: {},
  },
};

/** Share of training before the network's maps are used; they say nothing at the start. */
const WARM_UP = 0.2;

const LOCAL_VIEWS = [2, 3, 4, 5];

/** What of the guidance an arm has: crops placed by the maps, losses weighted by them. */
interface Guidance {
  readonly crops: boolean;
  readonly weights: boolean;
}

const arm = (title: string, over: 'byol' | 'moco-v2', guidance: Guidance, rest: Partial<Arm> = {}): Arm => ({
  title,
  tags: ['RECON'],
  config: (profile) => {
    const { epochs, sizes } = SCALES[profile];
    const start = { momentum: profile === 'paper' ? [0.99, 1] : [0.98, over === 'byol' ? 1 : 0.98] };
    const method = methodConfig(`sgcl-${over}`, sizes, {
      ...start,
      lambda: 1,
      warmUp: guidance.weights ? WARM_UP : 1,
    });
    const guide =
      guidance.crops || guidance.weights
        ? {
            views: guidance.crops ? LOCAL_VIEWS : [],
            fromEpoch: Math.max(1, Math.round(WARM_UP * epochs)),
            everyEpochs: Math.max(1, Math.round(epochs / 20)),
          }
        : null;
    return runConfig(profile, method, guide);
  },
  ...rest,
});

const LATER = { profiles: ['small', 'paper'] } as const;
const ASKED = { profiles: [] } as const;

/**
 * SGCL: contrastive learning on scenes whose local crops are placed and weighted by the saliency maps of the network in training.
 *
 * Scenes have one to six objects; what was learned is measured on scenes of one. All trained arms have the same views, budget and loss,
 * L_global + mean of the local terms; they differ in where the local crops lie and how their terms are weighted.
 */
export const sgclExperiment: Experiment = {
  name: 'sgcl',
  title: 'SGCL: saliency-guided contrastive learning on scenes',
  paper: 'Chen et al., "Saliency Guided Contrastive Learning on Scene Images", arXiv 2302.11461 (2023)',
  seeds: { smoke: [0], small: [0, 1, 2], paper: [0, 1, 2] },
  claims: sgclClaims,
  metrics: ['knn.k20.t0.07.top1', 'linear.cached.standard.top1.last', 'grounding.channel-sum.energy'],
  gates: {
    ...FIRST_LOSS_GATE,
    'knn.k20.t0.07.top1': { abs: 4, rel: 0, gate: true },
    'linear.cached.standard.top1.last': { abs: 4, rel: 0, gate: true },
    '*': { abs: 6, rel: 0, gate: false },
  },
  arms: {
    untrained: {
      title: 'untrained network',
      tags: [],
      config: (profile) => runConfig(profile, UNTRAINED, null),
    },
    'byol-multi-crop': arm('BYOL, random local crops', 'byol', { crops: false, weights: false }),
    sgcl: arm('SGCL over BYOL: crops and weights', 'byol', { crops: true, weights: true }),
    'sgcl-crops': arm('guided crops alone', 'byol', { crops: true, weights: false }, LATER),
    'sgcl-weights': arm('loss weights alone', 'byol', { crops: false, weights: true }, LATER),
    'moco-multi-crop': arm('MoCo v2, random local crops', 'moco-v2', { crops: false, weights: false }, ASKED),
    'sgcl-moco': arm('SGCL over MoCo v2', 'moco-v2', { crops: true, weights: true }, ASKED),
  },
};

function runConfig(profile: Profile, method: MethodConfig, guide: ViewsConfig['guide']): RunConfig {
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
    views: { recipe: SCENE_MULTI_CROP, saliency: 'none', copyPaste: null, guide },
    training: sgdTraining(scale, { ratePer128: 0.06, weightDecay: 5e-4 }),
    evaluation: evaluation({ fewLabels: profile !== 'smoke', grounding: true }),
  };
}
