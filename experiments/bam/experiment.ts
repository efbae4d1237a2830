import { CIFAR_BAM } from '@fovea/augment';
import type { Profile } from '@fovea/results';
import { bamClaims } from './claims.ts';
import type { Experiment } from '../shared/experiment.ts';
import type { MethodConfig, RunConfig } from '../shared/run-config.ts';

/** What a profile scales; everything else is the same code with the same settings. */
interface Scale {
  readonly width: number;
  readonly trainImages: number;
  readonly labelledImages: number;
  readonly epochs: number;
  readonly batch: number;
  /** Hidden width and output of the projector. */
  readonly projector: readonly [hidden: number, outputs: number];
}

const SCALES: Readonly<Record<Profile, Scale>> = {
  smoke: { width: 16, trainImages: 5000, labelledImages: 5000, epochs: 8, batch: 256, projector: [256, 128] },
  small: {
    width: 16,
    trainImages: 10_000,
    labelledImages: 10_000,
    epochs: 20,
    batch: 128,
    projector: [512, 128],
  },
  paper: {
    width: 64,
    trainImages: 50_000,
    labelledImages: 50_000,
    epochs: 1000,
    batch: 256,
    projector: [2048, 256],
  },
};

/**
 * BAM against SimCLR at equal budget: same network, views, optimiser and steps, one loss exchanged for the other.
 *
 * The projector has batch norm after its hidden layer and at its output, the default of BAM's repository: without it, student-only BAM
 * settles at the uniform solution, loss log(2(B-1)), on this network.
 */
export const bamExperiment: Experiment = {
  name: 'bam',
  title: 'BAM: matching balanced self-attention',
  paper:
    'Shalam and Korman, "The Balanced-Pairwise-Affinities / Balanced self-Attention Matching", ECCV 2024',
  seeds: { smoke: [0], small: [0, 1, 2], paper: [0, 1, 2] },
  claims: bamClaims,
  metrics: ['knn.k20.t0.07.top1', 'linear.cached.standard.top1.last'],
  gates: { '*': { abs: 3, rel: 0, gate: true } },
  arms: {
    untrained: {
      title: 'untrained network',
      tags: [],
      config: (profile) => runConfig(profile, { name: 'untrained' }),
    },
    simclr: {
      title: 'SimCLR',
      tags: [],
      config: (profile) =>
        runConfig(profile, { name: 'simclr', projector: projector(profile), temperature: 0.2 }),
    },
    bam: {
      title: 'BAM (student only)',
      tags: [],
      config: (profile) =>
        runConfig(profile, {
          name: 'bam',
          projector: projector(profile),
          teacher: null,
          loss: { reg: 0.05, temperature: 0.1, sinkhornIterations: 3, topK: 0, positiveMasking: true },
        }),
    },
  },
};

function runConfig(profile: Profile, method: MethodConfig): RunConfig {
  const { width, trainImages, labelledImages, epochs, batch } = SCALES[profile];
  return {
    method,
    backbone: { depth: 18, width, stem: 'cifar' },
    data: { name: 'cifar10', trainImages, labelledImages, testImages: 10_000 },
    views: { recipe: CIFAR_BAM, saliency: 'none', copyPaste: null, guide: null },
    training: {
      epochs,
      batch,
      optimiser: { name: 'sgd', momentum: 0.9 },
      learningRate: (0.06 * batch) / 128,
      clipNorm: null,
      weightDecay: 5e-4,
      warmupEpochs: epochs >= 100 ? 10 : 1,
    },
    evaluation: {
      knn: { k: 20, temperature: 0.07 },
      linear: 'standard',
      fewLabels: false,
      backgrounds: false,
      grounding: false,
    },
  };
}

function projector(profile: Profile) {
  const [hidden, outputs] = SCALES[profile].projector;
  return { hidden: [hidden], outputs, hiddenNorm: true, outputNorm: 'plain' } as const;
}
