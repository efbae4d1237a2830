import { dinoHead, type Backbone, type DinoHead, type DinoHeadOptions, type Mode } from '@fovea/backbones';
import { dino as dinoLoss, updateCenter } from '@fovea/losses';
import { fold, type Key } from '@fovea/random';
import { tf, type Scalar, type Tensor, type Tensor1D, type Tensor3D, type Variable } from '@fovea/tensorflow';
import { embeddingSpread } from './embedding-spread.ts';
import {
  backboneOf,
  disposeModules,
  featuresOf,
  globalViews,
  stateOf,
  teacherOf,
  weightsOf,
  type BackboneOptions,
} from './encoder.ts';
import type { Learner } from './learner.ts';
import { method } from './method.ts';
import { momentumSchedule, rampSchedule, switchSchedule } from './schedules.ts';

/** What makes a DINO learner. */
export interface DinoLearnerOptions {
  readonly backbone: BackboneOptions;
  readonly projector: Omit<DinoHeadOptions, 'inputs'>;
  readonly studentTemperature: number;
  /** Temperature of the teacher, linear from start to end over the first `warmUp` of training. */
  readonly teacherTemperature: readonly [start: number, end: number];
  readonly warmUp: number;
  readonly centerMomentum: number;
  /** Momentum of the teacher, a half cosine from start to end. */
  readonly momentum: readonly [start: number, end: number];
  /** Share of training during which the last layer gets no gradient; the paper's first epoch. */
  readonly frozenFor: number;
}

/**
 * DINO: the teacher's centred and sharpened output for a global view is predicted from every other view by the student.
 *
 *     L = mean over global views g and views v != g of -sum over k of softmax((t_g - c) / T_t)_k log softmax(s_v / T_s)_k
 *     teacher <- m teacher + (1 - m) student, ahead of the loss;  c <- m_c c + (1 - m_c) mean of the teacher's rows, after it
 *
 * While the last layer is frozen its gradient is zero (the authors drop it, so that weight decay spares it too; its length has no effect).
 *
 * Views: two global ones, and local ones with multi-crop: one pass of the backbone a resolution, one of the head. State: student, teacher, centre. The teacher
 * is evaluated.
 *
 * Source: Caron et al. 2021, equation 3; facebookresearch/dino.
 */
export function dino(options: DinoLearnerOptions, key: Key): Learner {
  const { studentTemperature, centerMomentum } = options;
  const student = network(options, key);
  const modules = { ...student };
  const teacher = teacherOf(student, () => network(options, key));
  const center_K = tf.tidy(() => tf.variable(tf.zeros([student.projector.outputs]), false));
  return {
    name: 'dino',
    backbone: teacher.network.backbone,
    trained: student,
    weights: weightsOf(modules),
    state: new Map<string, Variable>([
      ...stateOf(modules),
      ...stateOf({ ...teacher.network }, 'teacher.'),
      ['center', center_K],
    ]),
    schedules: {
      momentum: momentumSchedule(options.momentum),
      teacherTemperature: rampSchedule(options.teacherTemperature, options.warmUp),
      lastLayer: switchSchedule(options.frozenFor),
    },
    needs: [],
    prepare: ({ views }, { values }) => {
      teacher.move(values.momentum);
      return { teacher_GBK: outputs(teacher.network, [globalViews(views, 2)], 'train') };
    },
    loss: ({ views }, targets, { values }) => {
      const teacher_GBK = targets.teacher_GBK as Tensor3D;
      const student_VBK = outputs(student, views, 'train', values.lastLayer);
      const { teacherTemperature } = values;
      const center = center_K as unknown as Tensor1D;
      return {
        loss: dinoLoss(student_VBK, teacher_GBK, center, { studentTemperature, teacherTemperature }),
        metrics: { spread: embeddingSpread(student_VBK) },
      };
    },
    commit: ({ teacher_GBK }) => {
      center_K.assign(updateCenter(center_K as unknown as Tensor1D, teacher_GBK, centerMomentum));
    },
    collapsedLoss: () => Math.log(student.projector.outputs),
    dispose: () => {
      disposeModules(modules);
      disposeModules({ ...teacher.network });
      center_K.dispose();
    },
  };
}

/** A backbone with a DINO head. */
interface DinoNetwork {
  readonly backbone: Backbone;
  readonly projector: DinoHead;
}

function network(options: DinoLearnerOptions, key: Key): DinoNetwork {
  const backbone = backboneOf(options.backbone, fold(key, 'backbone'));
  const inputs = backbone.features;
  return { backbone, projector: dinoHead({ inputs, ...options.projector }, fold(key, 'projector')) };
}

/** Logits of all views in one pass of the head, [V, B, K]. */
function outputs(
  { backbone, projector }: DinoNetwork,
  views: readonly Tensor[],
  mode: Mode,
  lastLayer?: Scalar,
): Tensor3D {
  const features_VBF = featuresOf(backbone, views, mode);
  const [count, batch, width] = features_VBF.shape;
  const rows = projector.forward(tf.reshape(features_VBF, [-1, width]), mode, lastLayer);
  return tf.reshape(rows, [count, batch, projector.outputs]);
}

export const DINO = method<DinoLearnerOptions>({
  name: 'dino',
  title: 'DINO',
  paper: 'Caron et al., "Emerging properties in self-supervised vision transformers", ICCV 2021',
  equation: 'mean over pairs (g, v != g) of -sum_k softmax((t_g - c)/T_t)_k log softmax(s_v/T_s)_k',
  source: 'equation 3; facebookresearch/dino',
  recipes: ['imagenet-dino', 'cifar-asymmetric', 'cifar-multi-crop'],
  globalViews: 2,
  localViews: 'possible',
  needs: [],
  state: 'momentum teacher, centre',
  tags: [],
  reconstruction: null,
  file: 'dino.ts',
  defaults: {
    projector: { hidden: [2048, 2048], bottleneck: 256, prototypes: 65_536, hiddenNorm: false },
    studentTemperature: 0.1,
    teacherTemperature: [0.04, 0.07],
    warmUp: 30 / 100,
    centerMomentum: 0.9,
    momentum: [0.996, 1],
    frozenFor: 1 / 100,
  },
  build: dino,
});
