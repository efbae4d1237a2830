import { mlpHead, type Head, type Mode } from '@fovea/backbones';
import { denseCl as denseClLoss, enqueue, type DenseClView } from '@fovea/losses';
import { fold, type Key } from '@fovea/random';
import { tf, type Tensor, type Tensor2D, type Tensor3D, type Variable } from '@fovea/tensorflow';
import { embeddingSpread } from './embedding-spread.ts';
import {
  disposeModules,
  encoderOf,
  globalViews,
  stateOf,
  teacherOf,
  weightsOf,
  type BackboneOptions,
  type Encoder,
  type HeadOptions,
} from './encoder.ts';
import type { Learner } from './learner.ts';
import { method } from './method.ts';
import { queueOf } from './moco.ts';
import { momentumSchedule } from './schedules.ts';

/** What makes a DenseCL learner. */
export interface DenseClLearnerOptions {
  readonly backbone: BackboneOptions;
  /** Of pooled features. */
  readonly projector: HeadOptions;
  /** Of every cell of the last map: 1x1 convolutions. */
  readonly denseProjector: HeadOptions;
  readonly temperature: number;
  /** Share of the dense term. */
  readonly lambda: number;
  /** Rows of each of the two queues. */
  readonly queue: number;
  readonly momentum: readonly [start: number, end: number];
}

/**
 * DenseCL: MoCo v2 on pooled vectors, and on every cell of the last map against the key's cell that looks most alike.
 *
 *     L = (1 - lambda) mocoInfoNce(q, k, queue) + lambda mocoInfoNce(cells of q, matched cells of k, dense queue)
 *
 * Views: two. State: encoder with two heads, key encoder, a queue of pooled keys and one of the mean dense key of each image.
 *
 * Source: Wang et al. 2021, equations 2 to 5; WXinlong/DenseCL.
 */
export function denseCl(options: DenseClLearnerOptions, key: Key): Learner {
  const { temperature, lambda } = options;
  const student = network(options, key);
  const modules = { ...student };
  const teacher = teacherOf(student, () => network(options, key));
  const [queue_KD, denseQueue_KD] = [student.projector, student.dense].map(({ outputs }, at) =>
    queueOf(options.queue, outputs, fold(key, `queue${at}`)),
  );
  return {
    name: 'densecl',
    backbone: student.backbone,
    trained: student,
    weights: weightsOf(modules),
    state: new Map<string, Variable>([
      ...stateOf(modules),
      ...stateOf({ ...teacher.network }, 'teacher.'),
      ['queue', queue_KD],
      ['denseQueue', denseQueue_KD],
    ]),
    schedules: { momentum: momentumSchedule(options.momentum) },
    needs: [],
    prepare: ({ views }, { values }) => {
      teacher.move(values.momentum);
      return { ...vectorsOf(teacher.network, viewOf(views, 1), 'train') };
    },
    loss: ({ views }, keys) => {
      const query = vectorsOf(student, viewOf(views, 0), 'train');
      const queues = [queue_KD, denseQueue_KD] as unknown as [Tensor2D, Tensor2D];
      const { loss, globalTerm, denseTerm } = denseClLoss(query, keys as unknown as DenseClView, ...queues, {
        temperature,
        lambda,
      });
      return { loss, metrics: { globalTerm, denseTerm, spread: embeddingSpread(query.pooled) } };
    },
    commit: (keys) => {
      const { pooled, cells } = keys as unknown as DenseClView;
      queue_KD.assign(enqueue(queue_KD as unknown as Tensor2D, pooled));
      denseQueue_KD.assign(enqueue(denseQueue_KD as unknown as Tensor2D, tf.mean(cells, 1)));
    },
    collapsedLoss: () => Math.log(options.queue + 1),
    dispose: () => {
      disposeModules(modules);
      disposeModules({ ...teacher.network });
      tf.dispose([queue_KD, denseQueue_KD]);
    },
  };
}

interface DenseNetwork extends Encoder {
  readonly dense: Head;
}

function network(options: DenseClLearnerOptions, key: Key): DenseNetwork {
  const encoder = encoderOf(options, key);
  const inputs = encoder.backbone.features;
  return { ...encoder, dense: mlpHead({ inputs, ...options.denseProjector }, fold(key, 'dense')) };
}

/** One of the global views, [B, H, W, 3]. */
export function viewOf(views: readonly Tensor[], view: number): Tensor {
  const [, ...shape] = views[0].shape;
  return tf.reshape(tf.slice(globalViews(views, 2), [view, 0, 0, 0, 0], [1, ...shape]), shape);
}

/** Pooled vector, dense vectors and backbone vectors of a view. */
function vectorsOf({ backbone, projector, dense }: DenseNetwork, images: Tensor, mode: Mode): DenseClView {
  const map = backbone.featureMap(images, mode);
  const [batch, h, w, width] = map.shape;
  const cells = tf.reshape(dense.forward(tf.reshape(map, [-1, width]), mode), [batch, h * w, dense.outputs]);
  return {
    pooled: projector.forward(tf.mean(map, [1, 2]), mode),
    cells: cells as Tensor3D,
    backbone: tf.reshape(map, [batch, h * w, width]),
  };
}

const HEAD: HeadOptions = { hidden: [2048], outputs: 128, hiddenNorm: false, outputNorm: 'none' };

export const DENSE_CL = method<DenseClLearnerOptions>({
  name: 'densecl',
  title: 'DenseCL',
  paper: 'Wang et al., "Dense contrastive learning for self-supervised visual pre-training", CVPR 2021',
  equation: '(1 - lambda) InfoNCE(q, k, queue) + lambda InfoNCE(cells of q, matched cells of k, dense queue)',
  source: 'equations 2 to 5; WXinlong/DenseCL',
  recipes: ['coco-moco-v2', 'imagenet-moco-v2', 'cifar-weak'],
  globalViews: 2,
  localViews: 'none',
  needs: [],
  state: 'key encoder, queue, dense queue',
  tags: [],
  reconstruction: null,
  file: 'dense-cl.ts',
  defaults: {
    projector: HEAD,
    denseProjector: HEAD,
    temperature: 0.2,
    lambda: 0.5,
    queue: 65_536,
    momentum: [0.999, 0.999],
  },
  build: denseCl,
});
