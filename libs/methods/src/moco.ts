import { enqueue, mocoInfoNce, mocoInfoNcePerImage } from '@fovea/losses';
import { fold, type Key } from '@fovea/random';
import { l2Normalize, randomNormal, tf, type Tensor2D, type Variable } from '@fovea/tensorflow';
import { embeddingSpread } from './embedding-spread.ts';
import {
  disposeModules,
  eachView,
  embed,
  encoderOf,
  globalViews,
  stateOf,
  teacherOf,
  weightsOf,
  type BackboneOptions,
  type HeadOptions,
} from './encoder.ts';
import type { Learner } from './learner.ts';
import { method, type MethodFacts } from './method.ts';
import { momentumSchedule } from './schedules.ts';

/** What makes a MoCo learner. */
export interface MocoOptions {
  readonly backbone: BackboneOptions;
  readonly projector: HeadOptions;
  readonly temperature: number;
  /** Rows of the queue. */
  readonly queue: number;
  /** Momentum of the key encoder at the start and the end of training, a half cosine between; equal in the paper. */
  readonly momentum: readonly [start: number, end: number];
  /** Both views are queries and keys, and the loss is the mean of both orders; false in the paper. */
  readonly symmetric: boolean;
  /** Batch statistics of the key encoder: the batch's, as in the paper, or its running ones. */
  readonly keyMode: 'train' | 'eval';
}

/**
 * MoCo v1 and v2: the query of one view must find the momentum key of the other view among the keys of earlier batches.
 *
 *     k = n(f_key(x2)),  f_key <- m f_key + (1 - m) f_query
 *     L = mean over i of -log( exp(q_i.k_i / T) / (exp(q_i.k_i / T) + sum over the queue of exp(q_i.u / T)) )
 *
 * Order of a step: momentum update, keys, loss, weights, and only then the keys enter the queue, so they are not among their own negatives.
 * v1 has a linear head and T 0.07, v2 a perceptron and T 0.2.
 *
 * Views: two. State: encoder, key encoder, queue (starts with unit Gaussian rows). There is one device here, so the shuffling of batches
 * over devices, which keeps batch norm from leaking the positive, has nothing to shuffle; `statistics: { devices }` of the backbone
 * takes batch statistics over parts of a batch.
 *
 * Source: He et al. 2020, algorithm 1; Chen et al. 2020 (v2); facebookresearch/moco.
 */
export function moco(options: MocoOptions, key: Key): Learner {
  return mocoNamed('moco', options, key);
}

function mocoNamed(name: string, options: MocoOptions, key: Key): Learner {
  const { temperature, symmetric, keyMode } = options;
  const encoder = encoderOf(options, key);
  const modules = { ...encoder };
  const teacher = teacherOf(encoder, () => encoderOf(options, key));
  const queue_KD = queueOf(options.queue, encoder.projector.outputs, fold(key, 'queue'));
  const queue = queue_KD as unknown as Tensor2D;
  return {
    name,
    backbone: encoder.backbone,
    trained: encoder,
    weights: weightsOf(modules),
    state: new Map<string, Variable>([
      ...stateOf(modules),
      ...stateOf({ ...teacher.network }, 'teacher.'),
      ['queue', queue_KD],
    ]),
    schedules: { momentum: momentumSchedule(options.momentum) },
    needs: [],
    prepare: ({ views }, { values }) => {
      teacher.move(values.momentum);
      const [first, second] = tf.split(globalViews(views, 2), 2);
      const keys = symmetric ? [second, first] : [second];
      return { keys_OBD: l2Normalize(embed(teacher.network, keys, keyMode, 'per-view')) };
    },
    loss: ({ views }, { keys_OBD }) => {
      const orders = symmetric ? 2 : 1;
      const q_OBD = embed(encoder, globalViews(views, orders), 'train', 'per-view');
      const [queries, keys] = [eachView(q_OBD), eachView(keys_OBD)];
      const terms = queries.map((query, order) => mocoInfoNce(query, keys[order], queue, { temperature }));
      return {
        loss: tf.div(tf.addN(terms), orders),
        metrics: { spread: embeddingSpread(q_OBD) },
      };
    },
    localTerms: (locals, { keys_OBD }) => {
      const q_KBD = embed(encoder, locals, 'train', 'joint');
      const [views, batch, width] = q_KBD.shape;
      const key_BD = tf.slice(keys_OBD, [0, 0, 0], [1, batch, width]);
      const query_ND = tf.reshape(q_KBD, [-1, width]) as Tensor2D;
      const key_ND = tf.reshape(tf.tile(key_BD, [views, 1, 1]), [-1, width]) as Tensor2D;
      return tf.reshape(mocoInfoNcePerImage(query_ND, key_ND, queue, { temperature }), [views, batch]);
    },
    commit: ({ keys_OBD }) => {
      const keys_ND = tf.reshape(keys_OBD, [-1, encoder.projector.outputs]) as Tensor2D;
      queue_KD.assign(enqueue(queue, keys_ND));
    },
    collapsedLoss: () => Math.log(options.queue + 1), // where the queue is equal as well
    dispose: () => {
      disposeModules({ ...modules });
      disposeModules({ ...teacher.network });
      queue_KD.dispose();
    },
  };
}

/** A queue of unit Gaussian rows, [K, D]. */
export function queueOf(rows: number, width: number, key: Key): Variable {
  if (!Number.isInteger(rows) || rows < 1) {
    throw new Error(`queueOf: queue must be a positive whole number of rows, got ${rows}.`);
  }
  return tf.tidy(() => tf.variable(l2Normalize(randomNormal(key, [rows, width])), false));
}

const shared = {
  equation: '-log( exp(q.k+/T) / (exp(q.k+/T) + sum over the queue of exp(q.u/T)) )',
  globalViews: 2,
  localViews: 'none',
  needs: [],
  state: 'key encoder, queue',
  tags: [],
  reconstruction: null,
  file: 'moco.ts',
} satisfies Partial<MethodFacts>;

export const MOCO_V1 = method<MocoOptions>({
  ...shared,
  name: 'moco-v1',
  title: 'MoCo v1',
  paper: 'He et al., "Momentum contrast for unsupervised visual representation learning", CVPR 2020',
  source: 'equation 1, algorithm 1; facebookresearch/moco',
  recipes: ['imagenet-moco-v1', 'cifar-weak'],
  defaults: {
    projector: { hidden: [], outputs: 128, hiddenNorm: false, outputNorm: 'none' },
    temperature: 0.07,
    queue: 65_536,
    momentum: [0.999, 0.999],
    symmetric: false,
    keyMode: 'train',
  },
  build: (options, key) => mocoNamed('moco-v1', options, key),
});

export const MOCO_V2 = method<MocoOptions>({
  ...shared,
  name: 'moco-v2',
  title: 'MoCo v2',
  paper: 'Chen et al., "Improved baselines with momentum contrastive learning", arXiv 2003.04297',
  source: 'as MoCo v1, with a perceptron of 2048 as head and T 0.2; facebookresearch/moco',
  recipes: ['imagenet-moco-v2', 'cifar-weak'],
  defaults: {
    projector: { hidden: [2048], outputs: 128, hiddenNorm: false, outputNorm: 'none' },
    temperature: 0.2,
    queue: 65_536,
    momentum: [0.999, 0.999],
    symmetric: false,
    keyMode: 'train',
  },
  build: (options, key) => mocoNamed('moco-v2', options, key),
});
