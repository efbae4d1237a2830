import { IMAGENET_STATISTICS, type ChannelStatistics } from '@fovea/augment';
import { Parameters, type Backbone } from '@fovea/backbones';
import { cmc as cmcLoss, updateMemory } from '@fovea/losses';
import { fold, type Key } from '@fovea/random';
import {
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
  globalViews,
  stateOf,
  weightsOf,
  type BackboneOptions,
  type HeadOptions,
} from './encoder.ts';
import { keptPartition, sampledRows } from './insdis.ts';
import { labViews } from './lab-views.ts';
import type { Learner } from './learner.ts';
import { method } from './method.ts';
import { queueOf } from './moco.ts';

/** What makes a CMC learner. */
export interface CmcLearnerOptions {
  /** A ResNet of even width; each of the two encoders has half of it. */
  readonly backbone: BackboneOptions;
  readonly projector: HeadOptions;
  /** Rows of each memory bank: images of the set. */
  readonly images: number;
  readonly negatives: number;
  readonly mode: 'nce' | 'softmax';
  readonly temperature: number;
  readonly bankMomentum: number;
  /** Mean and deviation that the views were normalised with. */
  readonly statistics: ChannelStatistics;
}

/**
 * CMC: lightness and colour of an image are its two views; each must find the other one's row of a memory bank.
 *
 *     L = npid(f_L, bank_ab) + npid(f_ab, bank_L);   each bank takes in its own view's features, v <- n(m v + (1 - m) f)
 *
 * Views: one, split into L and ab of CIELAB inside (`labViews`); of several the losses are averaged. Two encoders of half width; the network that is
 * evaluated is both side by side. State: encoders, two banks, two partitions. Needs the numbers of the images.
 *
 * Source: Tian et al. 2020 and HobbitLong/CMC.
 */
export function cmc(options: CmcLearnerOptions, key: Key): Learner {
  const { mode, temperature, images, negatives, bankMomentum } = options;
  const halves = ['lightness', 'colour'].map((name) =>
    encoderOf({ backbone: halved(options.backbone), projector: options.projector }, fold(key, name)),
  );
  const [light, colour] = halves;
  const { outputs } = light.projector;
  const banks = ['lightness', 'colour'].map((name) => queueOf(images, outputs, fold(key, `${name} bank`)));
  const [memory1, memory2] = banks as unknown as [Tensor2D, Tensor2D];
  const partitions = banks.map(() => tf.tidy(() => tf.variable(tf.scalar(0), false)));
  const backbone = sideBySide(light.backbone, colour.backbone, options.statistics, key);
  const modules = { backbone, projector1: light.projector, projector2: colour.projector };
  return {
    name: 'cmc',
    backbone,
    weights: weightsOf(modules),
    state: new Map<string, Variable>([
      ...stateOf(modules),
      ...banks.map((bank, at) => [`bank${at + 1}`, bank] as const),
      ...partitions.map((partition, at) => [`partition${at + 1}`, partition] as const),
    ]),
    schedules: {},
    needs: ['index'],
    prepare: ({ extras: { index } }, { key: stepKey }) => ({
      rows_BC: sampledRows(index, images, negatives, stepKey),
      index_B: index,
    }),
    loss: ({ views }, targets) => {
      const rows_BC = targets.rows_BC as Tensor2D;
      const lab = labViews(globalViews(views, views[0].shape[0]), options.statistics);
      const [f1_VBD, f2_VBD] = [
        embed(light, lab.lightness, 'train', 'per-view'),
        embed(colour, lab.colour, 'train', 'per-view'),
      ].map((z) => l2Normalize(z));
      const [first, second] = [eachView(f1_VBD), eachView(f2_VBD)];
      const Z =
        mode === 'nce'
          ? ([
              keptPartition(partitions[0], first[0], memory2, rows_BC, temperature),
              keptPartition(partitions[1], second[0], memory1, rows_BC, temperature),
            ] as const)
          : undefined;
      const terms = first.map((f1, view) =>
        cmcLoss(f1, second[view], memory1, memory2, rows_BC, { mode, temperature, partitions: Z }),
      );
      return {
        loss: tf.div(tf.addN(terms), terms.length),
        carry: {
          feature1_BD: tf.mean(f1_VBD, 0),
          feature2_BD: tf.mean(f2_VBD, 0),
          ...(Z ? { partition1: Z[0], partition2: Z[1] } : {}),
        },
        metrics: { spread: embeddingSpread(tf.concat([f1_VBD, f2_VBD], 2)) },
      };
    },
    commit: ({ index_B }, carry: Readonly<Record<string, Tensor | undefined>>) => {
      banks.forEach((bank, at) => {
        const feature_BD = carry[`feature${at + 1}_BD`] as Tensor2D;
        bank.assign(updateMemory(bank as unknown as Tensor2D, feature_BD, index_B as Tensor1D, bankMomentum));
        const Z = carry[`partition${at + 1}`];
        if (Z) partitions[at].assign(Z as Scalar);
      });
    },
    ...(mode === 'softmax' ? { collapsedLoss: () => 2 * Math.log(negatives + 1) } : {}),
    dispose: () => {
      disposeModules(modules);
      tf.dispose([...banks, ...partitions]);
    },
  };
}

/** The backbone at half its width. @throws Error for anything but a ResNet, and for an odd width */
function halved(options: BackboneOptions): BackboneOptions {
  if (options.kind !== undefined && options.kind !== 'resnet')
    throw new Error('cmc: backbone must be a ResNet, whose width can be halved.');
  const { width } = options;
  if (width % 2 !== 0)
    throw new Error(`cmc: backbone.width must be even, got ${width}: each encoder has half of it.`);
  return { ...options, width: width / 2 };
}

/** Both encoders as one network of normalised RGB images. */
function sideBySide(light: Backbone, colour: Backbone, statistics: ChannelStatistics, key: Key): Backbone {
  const parameters = new Parameters(key);
  for (const [name, own] of [
    ['lightness', light.parameters],
    ['colour', colour.parameters],
  ] as const) {
    for (const [path, variable] of own.weights) parameters.weights.set(`${name}.${path}`, variable);
    for (const [path, variable] of own.statistics) parameters.statistics.set(`${name}.${path}`, variable);
  }
  const both = (images: Tensor, run: (half: Backbone, part: Tensor) => Tensor): Tensor => {
    const lab = labViews(images, statistics);
    return tf.concat([run(light, lab.lightness), run(colour, lab.colour)], -1);
  };
  return {
    name: `cmc-${light.name}-x2`,
    parameters,
    features: light.features + colour.features,
    taps: light.taps,
    featureMap: (images, mode) => both(images, (half, part) => half.featureMap(part, mode)),
    forward: (images, mode) => both(images, (half, part) => half.forward(part, mode)) as Tensor2D,
    forwardTaps: (images, mode, names) => {
      const lab = labViews(images, statistics);
      const [first, second] = [
        light.forwardTaps(lab.lightness, mode, names),
        colour.forwardTaps(lab.colour, mode, names),
      ];
      return Object.fromEntries(
        names.map((name) => [name, tf.concat([first[name], second[name]], -1)]),
      ) as typeof first;
    },
  };
}

export const CMC = method<CmcLearnerOptions>({
  name: 'cmc',
  title: 'CMC',
  paper: 'Tian et al., "Contrastive multiview coding", ECCV 2020',
  equation: 'npid(f_L, bank_ab) + npid(f_ab, bank_L)',
  source: 'equations 2 to 8; HobbitLong/CMC',
  recipes: ['imagenet-moco-v1', 'cifar-weak'],
  globalViews: 1,
  localViews: 'none',
  needs: ['index'],
  state: 'two memory banks, two partitions',
  tags: ['MEM'],
  reconstruction: 'scaling of L, a and b [MEM]',
  file: 'cmc.ts',
  defaults: {
    projector: { hidden: [], outputs: 128, hiddenNorm: false, outputNorm: 'none' },
    images: 1_281_167,
    negatives: 16_384,
    mode: 'nce',
    temperature: 0.07,
    bankMomentum: 0.5,
    statistics: IMAGENET_STATISTICS,
  },
  build: cmc,
});
