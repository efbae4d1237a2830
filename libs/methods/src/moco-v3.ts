import { mlpHead } from '@fovea/backbones';
import { mocoV3 as mocoV3Loss } from '@fovea/losses';
import { fold, type Key } from '@fovea/random';
import type { Variable } from '@fovea/tensorflow';
import { embeddingSpread } from './embedding-spread.ts';
import {
  applyHead,
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
import { method } from './method.ts';
import { momentumSchedule } from './schedules.ts';

/** What makes a MoCo v3 learner. */
export interface MocoV3LearnerOptions {
  readonly backbone: BackboneOptions;
  readonly projector: HeadOptions;
  readonly predictor: HeadOptions;
  readonly temperature: number;
  /** Momentum of the key encoder, a half cosine from start to end. */
  readonly momentum: readonly [start: number, end: number];
}

/**
 * MoCo v3: the prediction of one view must find the momentum projection of the other among those of the batch; no queue.
 *
 *     L = l(q1, k2) + l(q2, k1),   l(q, k) = 2T mean over i of -log softmax over j (n(q_i).n(k_j) / T) at j = i
 *
 * Two forms: `moco-v3` has the ResNet's heads and T 1, `moco-v3-vit` the vision transformer's (three layers in the projector, norm at the end of
 * the predictor) and T 0.2; its patch projection stays as drawn (`vit`'s default).
 *
 * Views: two, each with a forward pass of its own. State: encoder, predictor, momentum encoder.
 *
 * Source: Chen, Xie, He 2021, algorithm 1; facebookresearch/moco-v3.
 */
export function mocoV3(options: MocoV3LearnerOptions, key: Key): Learner {
  return mocoV3Named('moco-v3', options, key);
}

function mocoV3Named(name: string, options: MocoV3LearnerOptions, key: Key): Learner {
  const { temperature } = options;
  const encoder = encoderOf(options, key);
  const inputs = encoder.projector.outputs;
  const predictor = mlpHead({ inputs, ...options.predictor }, fold(key, 'predictor'));
  const modules = { ...encoder, predictor };
  const teacher = teacherOf(encoder, () => encoderOf(options, key));
  return {
    name,
    backbone: encoder.backbone,
    trained: encoder,
    weights: weightsOf(modules),
    state: new Map<string, Variable>([...stateOf(modules), ...stateOf({ ...teacher.network }, 'teacher.')]),
    schedules: { momentum: momentumSchedule(options.momentum) },
    needs: [],
    prepare: ({ views }, { values }) => {
      teacher.move(values.momentum);
      return { key_VBD: embed(teacher.network, globalViews(views, 2), 'train', 'per-view') };
    },
    loss: ({ views }, { key_VBD }) => {
      const z_VBD = embed(encoder, globalViews(views, 2), 'train', 'per-view');
      const [q1, q2] = eachView(applyHead(predictor, z_VBD, 'train', 'per-view'));
      const [k1, k2] = eachView(key_VBD);
      return {
        loss: mocoV3Loss(q1, q2, k1, k2, { temperature }),
        metrics: { spread: embeddingSpread(z_VBD) },
      };
    },
    collapsedLoss: (batch) => 4 * temperature * Math.log(batch),
    dispose: () => {
      disposeModules(modules);
      disposeModules({ ...teacher.network });
    },
  };
}

const plain = { outputs: 256, hiddenNorm: true, outputNorm: 'plain' } as const;
const shared = {
  paper: 'Chen, Xie, He, "An empirical study of training self-supervised vision transformers", ICCV 2021',
  equation: 'l(q1, k2) + l(q2, k1),  l = 2T mean of -log softmax_j (n(q_i).n(k_j)/T) at j = i',
  source: 'algorithm 1; facebookresearch/moco-v3',
  globalViews: 2,
  localViews: 'none',
  needs: [],
  state: 'momentum encoder',
  tags: [],
  reconstruction: null,
  file: 'moco-v3.ts',
} as const;

export const MOCO_V3 = method<MocoV3LearnerOptions>({
  ...shared,
  name: 'moco-v3',
  title: 'MoCo v3 (ResNet)',
  recipes: ['imagenet-moco-v3', 'cifar-asymmetric'],
  defaults: {
    projector: { ...plain, hidden: [4096] },
    predictor: { ...plain, hidden: [4096], outputNorm: 'none', outputBias: false },
    temperature: 1,
    momentum: [0.99, 1],
  },
  build: mocoV3,
});

export const MOCO_V3_VIT = method<MocoV3LearnerOptions>({
  ...shared,
  name: 'moco-v3-vit',
  title: 'MoCo v3 (ViT)',
  recipes: ['imagenet-byol', 'cifar-asymmetric'],
  defaults: {
    projector: { ...plain, hidden: [4096, 4096] },
    predictor: { ...plain, hidden: [4096] },
    temperature: 0.2,
    momentum: [0.99, 1],
  },
  build: (options, key) => mocoV3Named('moco-v3-vit', options, key),
});
