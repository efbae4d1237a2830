import { npid, npidPartition, stopGradient, updateMemory } from '@fovea/losses';
import { fold, type Key } from '@fovea/random';
import {
  keyedUniform,
  l2Normalize,
  tf,
  type Scalar,
  type Tensor,
  type Tensor1D,
  type Tensor2D,
  type Variable,
} from '@fovea/tensorflow';
import { embeddingSpread } from './embedding-spread.ts';
import {
  disposeModules,
  eachView,
  embed,
  encoderOf,
  stateOf,
  weightsOf,
  type BackboneOptions,
  type HeadOptions,
} from './encoder.ts';
import type { Learner } from './learner.ts';
import { method } from './method.ts';
import { queueOf } from './moco.ts';

/** What makes an InsDis learner. */
export interface InsDisOptions {
  readonly backbone: BackboneOptions;
  readonly projector: HeadOptions;
  /** Rows of the memory bank: images of the set. */
  readonly images: number;
  /** Rows of the bank that each feature is compared with beside its own. */
  readonly negatives: number;
  /** Noise-contrastive estimation, or softmax cross-entropy over the sampled rows. */
  readonly mode: 'nce' | 'softmax';
  readonly temperature: number;
  /** Share of its old value that a row of the bank keeps. */
  readonly bankMomentum: number;
}

/**
 * InsDis, NPID: every image is a class of its own; its feature must find its row of a memory bank among rows drawn at random.
 *
 *     h = exp(v.f / T) / Z,  c = K / N;   L = -log(h+ / (h+ + c)) - sum over negatives of log(c / (h- + c))
 *     v_i <- n(m v_i + (1 - m) f_i), after the update
 *
 * Z is estimated from the first batch and then kept: nce presumes a bank that stays random while the features spread, which takes a large set. Of
 * a small one take `mode: 'softmax'`, or a learning rate ten times smaller; else the loss grows.
 *
 * Views: one in the paper; of several the losses are averaged and the bank takes
 * in their mean. State: encoder, bank [N, D] (starts with unit Gaussian rows), Z. Needs the numbers of the images.
 *
 * Source: Wu et al. 2018, equations 4 to 8; zhirongw/lemniscate.pytorch and HobbitLong/CMC.
 */
export function insDis(options: InsDisOptions, key: Key): Learner {
  const { mode, temperature, images, negatives } = options;
  const encoder = encoderOf(options, key);
  const modules = { ...encoder };
  const memory_ND = queueOf(images, encoder.projector.outputs, fold(key, 'bank'));
  const memory = memory_ND as unknown as Tensor2D;
  const partition = tf.tidy(() => tf.variable(tf.scalar(0), false));
  return {
    name: 'insdis',
    backbone: encoder.backbone,
    trained: encoder,
    weights: weightsOf(modules),
    state: new Map<string, Variable>([...stateOf(modules), ['bank', memory_ND], ['partition', partition]]),
    schedules: {},
    needs: ['index'],
    prepare: ({ extras: { index } }, { key: stepKey }) => ({
      rows_BC: sampledRows(index, images, negatives, stepKey),
      index_B: index,
    }),
    loss: ({ views }, targets) => {
      const rows_BC = targets.rows_BC as Tensor2D;
      const f_VBD = l2Normalize(embed(encoder, views, 'train', 'per-view'));
      const features = eachView(f_VBD);
      const Z =
        mode === 'nce' ? keptPartition(partition, features[0], memory, rows_BC, temperature) : undefined;
      const terms = features.map((f_BD) => npid(f_BD, memory, rows_BC, { mode, temperature, partition: Z }));
      return {
        loss: tf.div(tf.addN(terms), terms.length),
        carry: { feature_BD: tf.mean(f_VBD, 0), ...(Z ? { partition: Z } : {}) },
        metrics: { spread: embeddingSpread(f_VBD) },
      };
    },
    commit: ({ index_B }, { feature_BD, partition: Z }: Readonly<Record<string, Tensor | undefined>>) => {
      const rows = index_B as Tensor1D;
      memory_ND.assign(updateMemory(memory, feature_BD as Tensor2D, rows, options.bankMomentum));
      if (Z) partition.assign(Z as Scalar);
    },
    ...(mode === 'softmax' ? { collapsedLoss: () => Math.log(negatives + 1) } : {}),
    dispose: () => {
      disposeModules(modules);
      memory_ND.dispose();
      partition.dispose();
    },
  };
}

/** Rows of the bank that a feature is compared with, int32 [B, K + 1]: its own, then K drawn at random of all N, its own among them. */
export function sampledRows(index_B: Tensor, images: number, negatives: number, stepKey: Tensor): Tensor2D {
  const batch = index_B.shape[0] as number;
  const drawn = tf.floor(keyedUniform(stepKey, [batch, negatives], 0, images));
  const noise_BK = tf.cast(tf.minimum(drawn, images - 1), 'int32');
  return tf.concat([tf.reshape(index_B, [batch, 1]), noise_BK], 1) as Tensor2D;
}

/** The partition of the first batch: what the variable holds, or, while that is 0, this batch's estimate. */
export function keptPartition(
  kept: Variable,
  features_BD: Tensor2D,
  memory_ND: Tensor2D,
  rows_BC: Tensor2D,
  temperature: number,
): Scalar {
  const estimate = npidPartition(stopGradient(features_BD), memory_ND, rows_BC, temperature);
  const value = stopGradient(kept as unknown as Scalar);
  return tf.where(tf.greater(value, 0), value, estimate) as Scalar;
}

export const INSDIS = method<InsDisOptions>({
  name: 'insdis',
  title: 'InsDis / NPID',
  paper: 'Wu et al., "Unsupervised feature learning via non-parametric instance discrimination", CVPR 2018',
  equation: '-log(h+ / (h+ + K/N)) - sum over K noise rows of log((K/N) / (h- + K/N)),  h = exp(v.f/T)/Z',
  source: 'equations 4 to 8; zhirongw/lemniscate.pytorch, HobbitLong/CMC',
  recipes: ['imagenet-moco-v1', 'cifar-weak'],
  globalViews: 1,
  localViews: 'possible',
  needs: ['index'],
  state: 'memory bank, partition',
  tags: [],
  reconstruction: null,
  file: 'insdis.ts',
  defaults: {
    projector: { hidden: [], outputs: 128, hiddenNorm: false, outputNorm: 'none' },
    images: 1_281_167,
    negatives: 4096,
    mode: 'nce',
    temperature: 0.07,
    bankMomentum: 0.5,
  },
  build: insDis,
});
