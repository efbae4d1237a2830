import { prototypes as prototypeTable } from '@fovea/backbones';
import { swav as swavLoss } from '@fovea/losses';
import { fold, type Key } from '@fovea/random';
import { l2Normalize, tf, type Tensor, type Tensor2D, type Tensor3D, type Variable } from '@fovea/tensorflow';
import { embeddingSpread } from './embedding-spread.ts';
import {
  disposeModules,
  embed,
  encoderOf,
  stateOf,
  weightsOf,
  type BackboneOptions,
  type HeadOptions,
} from './encoder.ts';
import type { Learner } from './learner.ts';
import { method } from './method.ts';
import { switchSchedule } from './schedules.ts';

/** What makes a SwAV learner. */
export interface SwavLearnerOptions {
  readonly backbone: BackboneOptions;
  readonly projector: HeadOptions;
  readonly prototypes: number;
  readonly temperature: number;
  /** Entropy weight of the codes. */
  readonly epsilon: number;
  /** Sinkhorn iterations of the codes. */
  readonly iterations: number;
  /** Earlier features that take part in the balancing, a queue for each assigned view; 0 for none (large batches). */
  readonly queue: number;
  /** Share of training before the queue takes part. */
  readonly queueFrom: number;
  /** Share of training during which prototypes get no gradient; 1 in runs of a few hundred steps, where free ones let the loss settle at log K. */
  readonly frozenFor: number;
}

/**
 * SwAV: the balanced assignment of one view to prototypes is predicted from every other view.
 *
 *     S = n(z) n(C)^T;  L = mean over the two global views a of mean over views v != a of -sum over k of sinkhorn(S_a)_k log softmax(S_v / T)_k
 *
 * Prototypes get length 1 ahead of each step. Earlier features of each global view widen the balancing from `queueFrom` on; the queue
 * fills from the first step.
 *
 * Views: two global ones, and local ones with multi-crop. State: encoder, prototypes, queues.
 *
 * Source: Caron et al. 2020, equations 1 to 5; facebookresearch/swav: prototypes frozen for 313 iterations of 100 epochs' 31,300 at batch
 * 4096, queue of 3840 from epoch 15 of 200 at batch 256.
 */
export function swav(options: SwavLearnerOptions, key: Key): Learner {
  const { temperature, epsilon, iterations, queue: rows } = options;
  const encoder = encoderOf(options, key);
  const inputs = encoder.projector.outputs;
  const prototypes = prototypeTable({ inputs, prototypes: options.prototypes }, fold(key, 'prototypes'));
  const modules = { ...encoder, prototypes };
  const queue_AQD = rows === 0 ? null : tf.tidy(() => tf.variable(tf.zeros([VIEWS, rows, inputs]), false));
  return {
    name: 'swav',
    backbone: encoder.backbone,
    trained: encoder,
    weights: weightsOf(modules),
    state: new Map<string, Variable>([
      ...stateOf(modules),
      ...(queue_AQD === null ? [] : ([['queue', queue_AQD]] as const)),
    ]),
    schedules: {
      prototypes: switchSchedule(options.frozenFor),
      ...(queue_AQD === null ? {} : { queue: switchSchedule(options.queueFrom) }),
    },
    needs: [],
    prepare: (): Record<string, Tensor> => {
      prototypes.normalise();
      if (queue_AQD === null) return {};
      const weight_KD = tf.clone(prototypes.weight_KD) as Tensor2D;
      const scores = tf.matMul(tf.reshape(queue_AQD, [-1, inputs]), weight_KD, false, true);
      return { queueScores_AQK: tf.reshape(scores, [VIEWS, rows, options.prototypes]) };
    },
    loss: ({ views }, { queueScores_AQK }: Readonly<Record<string, Tensor | undefined>>, { values }) => {
      const z_VBD = l2Normalize(embed(encoder, views, 'train'));
      const [count, batch] = z_VBD.shape;
      const scores = prototypes.scores(tf.reshape(z_VBD, [-1, inputs]), values.prototypes);
      const scores_VBK = tf.reshape(scores, [count, batch, options.prototypes]) as Tensor3D;
      const codes = { temperature, epsilon, iterations };
      // A compiled step cannot branch on a schedule: both forms, and the schedule takes one of them.
      const loss =
        queueScores_AQK === undefined
          ? swavLoss(scores_VBK, null, codes)
          : tf.add(
              tf.mul(swavLoss(scores_VBK, queueScores_AQK as Tensor3D, codes), values.queue),
              tf.mul(swavLoss(scores_VBK, null, codes), tf.sub(1, values.queue)),
            );
      return {
        loss: loss as ReturnType<typeof swavLoss>,
        carry: { feature_ABD: tf.slice(z_VBD, [0, 0, 0], [VIEWS, batch, inputs]) },
        metrics: { spread: embeddingSpread(z_VBD) },
      };
    },
    commit: (_, { feature_ABD }) => {
      if (queue_AQD === null) return;
      const all = tf.concat([queue_AQD as Tensor, feature_ABD], 1);
      queue_AQD.assign(tf.slice(all, [0, feature_ABD.shape[1] as number, 0], [VIEWS, rows, inputs]));
    },
    collapsedLoss: () => Math.log(options.prototypes),
    dispose: () => {
      disposeModules(modules);
      queue_AQD?.dispose();
    },
  };
}

/** Views that codes are computed from. */
const VIEWS = 2;

export const SWAV = method<SwavLearnerOptions>({
  name: 'swav',
  title: 'SwAV',
  paper:
    'Caron et al., "Unsupervised learning of visual features by contrasting cluster assignments", NeurIPS 2020',
  equation: 'mean over assigned views a, other views v of -sum_k sinkhorn(S_a)_k log softmax(S_v/T)_k',
  source: 'equations 1 to 5; facebookresearch/swav',
  recipes: ['imagenet-swav', 'cifar-symmetric', 'cifar-multi-crop'],
  globalViews: 2,
  localViews: 'possible',
  needs: [],
  state: 'prototypes, queue of features',
  tags: [],
  reconstruction: null,
  file: 'swav.ts',
  defaults: {
    projector: { hidden: [2048], outputs: 128, hiddenNorm: true, outputNorm: 'none' },
    prototypes: 3000,
    temperature: 0.1,
    epsilon: 0.05,
    iterations: 3,
    queue: 3840,
    queueFrom: 15 / 200,
    frozenFor: 1 / 200,
  },
  build: swav,
});
