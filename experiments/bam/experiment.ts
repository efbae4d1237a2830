import { CIFAR_BAM } from '@fovea/augment';
import type { Profile } from '@fovea/results';
import { FIRST_LOSS_GATE, type Arm, type Experiment } from '../shared/experiment.ts';
import { methodConfig, UNTRAINED } from '../shared/method-config.ts';
import type { MethodConfig, RunConfig } from '../shared/run-config.ts';
import { evaluation, sgdTraining, type ByProfile, type Scale } from '../shared/scales.ts';
import { bamClaims } from './claims.ts';

const SCALES: ByProfile<Scale> = {
  smoke: {
    width: 16,
    epochs: 5,
    batch: 256,
    trainImages: 5000,
    labelledImages: 5000,
    testImages: 10_000,
    sizes: { hidden: 256, predictor: 256, outputs: 128, queue: 2048, prototypes: 256 },
  },
  small: {
    width: 16,
    epochs: 20,
    batch: 256,
    trainImages: 10_000,
    labelledImages: 10_000,
    testImages: 10_000,
    sizes: { hidden: 512, predictor: 512, outputs: 128, queue: 4096, prototypes: 512 },
  },
  paper: {
    width: 64,
    epochs: 1000,
    batch: 256,
    trainImages: 50_000,
    labelledImages: 50_000,
    testImages: 10_000,
    sizes: { hidden: 2048, predictor: 4096, outputs: 256, queue: 32_768, prototypes: 3000 },
  },
};

/** A projector of one hidden layer with batch norm there and at its output, the default of BAM's repository. */
const normed = (profile: Profile) => {
  const { hidden = 256 } = SCALES[profile].sizes;
  return { hidden: [hidden], hiddenNorm: true, outputNorm: 'plain', activation: 'relu', initial: 'uniform' };
};

const bamWith = (profile: Profile, changes: Readonly<Record<string, unknown>> = {}): MethodConfig =>
  methodConfig('bam', SCALES[profile].sizes, { projector: normed(profile), teacher: null, ...changes });

const trained = (title: string, of: (profile: Profile) => MethodConfig, rest: Partial<Arm> = {}): Arm => ({
  title,
  tags: [],
  config: (profile) => runConfig(profile, of(profile)),
  ...rest,
});

const LATER = { profiles: ['small', 'paper'] } as const;
const ASKED = { profiles: [] } as const;

/**
 * BAM against SimCLR and others at equal budget: same network, views, optimiser and steps, one method exchanged for the other.
 *
 * Student-only BAM needs batch norm in its projector: without it the loss settles at the uniform solution, log(2(B-1)), on this network.
 * At `small`, moving averages are shortened to the hundreds of steps that there are.
 */
export const bamExperiment: Experiment = {
  name: 'bam',
  title: 'BAM: matching balanced self-attention',
  paper:
    'Shalam and Korman, "The Balanced-Pairwise-Affinities / Balanced self-Attention Matching", ECCV 2024',
  seeds: { smoke: [0], small: [0, 1, 2], paper: [0, 1, 2] },
  claims: bamClaims,
  metrics: ['knn.k20.t0.07.top1', 'linear.cached.standard.top1.last'],
  gates: { ...FIRST_LOSS_GATE, '*': { abs: 3, rel: 0, gate: true } },
  arms: {
    untrained: trained('untrained network', () => UNTRAINED),
    simclr: trained('SimCLR', (profile) =>
      methodConfig('simclr', SCALES[profile].sizes, { projector: normed(profile), temperature: 0.2 }),
    ),
    bam: trained('BAM (student only)', (profile) => bamWith(profile)),
    'moco-v2': trained(
      'MoCo v2',
      (profile) =>
        methodConfig('moco-v2', SCALES[profile].sizes, { momentum: [0.98, 0.98], symmetric: true }),
      LATER,
    ),
    byol: trained(
      'BYOL',
      (profile) => methodConfig('byol', SCALES[profile].sizes, { momentum: [0.98, 1] }),
      LATER,
    ),
    'bam-unbalanced': trained(
      'BAM without balancing',
      (profile) => bamWith(profile, { loss: { sinkhornIterations: 0 } }),
      LATER,
    ),
    'bam-unmasked': trained(
      'BAM without the mask on positives',
      (profile) => bamWith(profile, { loss: { positiveMasking: false } }),
      LATER,
    ),
    'bam-teacher': trained(
      'BAM with a momentum teacher',
      (profile) => bamWith(profile, { teacher: { momentum: 0.98 } }),
      ASKED,
    ),
    'bam-top-k': trained(
      'BAM, 128 largest target values',
      (profile) => bamWith(profile, { loss: { topK: 128 } }),
      ASKED,
    ),
    'bam-reg-0.1': trained('BAM, entropy 0.1', (profile) => bamWith(profile, { loss: { reg: 0.1 } }), ASKED),
    'bam-iterations-1': trained(
      'BAM, one Sinkhorn iteration',
      (profile) => bamWith(profile, { loss: { sinkhornIterations: 1 } }),
      ASKED,
    ),
  },
};

function runConfig(profile: Profile, method: MethodConfig): RunConfig {
  const scale = SCALES[profile];
  const { width, trainImages, labelledImages, testImages } = scale;
  return {
    method,
    backbone: { kind: 'resnet', depth: 18, width, stem: 'cifar' },
    data: { name: 'cifar10', trainImages, labelledImages, testImages },
    views: { recipe: CIFAR_BAM, saliency: 'none', copyPaste: null, guide: null },
    training: sgdTraining(scale, { ratePer128: 0.06, weightDecay: 5e-4 }),
    evaluation: evaluation({ fewLabels: profile !== 'smoke' }),
  };
}
