import { CIFAR_ASYMMETRIC, CIFAR_BAM, CIFAR_SIMCLR, type ViewsRecipe } from '@fovea/augment';
import { methodNamed, type Learner } from '@fovea/methods';
import type { Key } from '@fovea/random';

/** How much is trained: the same on both sides. */
export const SCALE = {
  width: 16,
  trainImages: 5000,
  testImages: 10_000,
  epochs: 6,
  batch: 128,
  learningRate: 0.06,
  warmupEpochs: 1,
  sgdMomentum: 0.9,
  weightDecay: 5e-4,
  knn: { k: 20, temperature: 0.07 },
} as const;

/** A method that both sides train. */
export interface ParityMethod {
  readonly views: ViewsRecipe;
  /** What PyTorch's side is told. */
  readonly options: Readonly<Record<string, number>>;
  /** Momentum of the second network, constant; 0 without one. */
  readonly momentum: number;
  /** Whose parts the peer is made of. */
  readonly peer: string;
  /** Our learner of the same form. */
  learner(key: Key): Learner;
}

const backbone = { depth: 18, width: SCALE.width, stem: 'cifar' } as const;
const [hidden, outputs] = [512, 128];

/** Methods by the name that `--methods` takes. */
export const PARITY_METHODS: Readonly<Record<string, ParityMethod>> = {
  simclr: {
    views: CIFAR_SIMCLR,
    options: { hidden, outputs, temperature: 0.2 },
    momentum: 0,
    peer: "lightly's NTXentLoss and SimCLRProjectionHead",
    learner: (key) =>
      make('simclr', key, {
        projector: { hidden: [hidden], outputs, hiddenNorm: true, outputNorm: 'affine' },
        temperature: 0.2,
        statistics: 'joint',
      }),
  },
  bam: {
    views: CIFAR_BAM,
    options: { hidden, outputs, reg: 0.05, temperature: 0.1, iterations: 3 },
    momentum: 0,
    peer: "the official loss written out in PyTorch, lightly's ProjectionHead",
    learner: (key) =>
      make('bam', key, {
        projector: {
          hidden: [hidden],
          outputs,
          hiddenNorm: true,
          outputNorm: 'plain',
          outputBias: false,
          activation: 'relu',
          initial: 'uniform',
        },
        teacher: null,
        loss: { reg: 0.05, temperature: 0.1, sinkhornIterations: 3, topK: 0, positiveMasking: true },
      }),
  },
  byol: {
    views: CIFAR_ASYMMETRIC,
    options: { hidden, outputs },
    momentum: 0.99,
    peer: "lightly's NegativeCosineSimilarity, BYOL heads and update_momentum",
    learner: (key) =>
      make('byol', key, {
        projector: { hidden: [hidden], outputs, hiddenNorm: true, outputNorm: 'none', outputBias: true },
        predictor: { hidden: [hidden], outputs, hiddenNorm: true, outputNorm: 'none', outputBias: true },
        momentum: [0.99, 0.99],
        targetMode: 'train',
      }),
  },
  'moco-v2': {
    views: CIFAR_BAM,
    options: { hidden, outputs, temperature: 0.2, queue: 1024 },
    momentum: 0.99,
    peer: "lightly's NTXentLoss with a memory bank, MoCoProjectionHead and update_momentum",
    learner: (key) =>
      make('moco-v2', key, {
        projector: { hidden: [hidden], outputs, hiddenNorm: false, outputNorm: 'none' },
        temperature: 0.2,
        queue: 1024,
        momentum: [0.99, 0.99],
        symmetric: false,
        keyMode: 'train',
      }),
  },
};

function make(name: string, key: Key, options: object): Learner {
  return methodNamed(name).make({ backbone, ...options }, key);
}
