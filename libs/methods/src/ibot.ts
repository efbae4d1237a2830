import { dinoHead, type DinoHead, type DinoHeadOptions, type Vit, type VitOptions } from '@fovea/backbones';
import { ibot as ibotLoss, updateCenter, type IbotTokens } from '@fovea/losses';
import { fold, type Key } from '@fovea/random';
import {
  tf,
  type Scalar,
  type Tensor,
  type Tensor1D,
  type Tensor3D,
  type Tensor4D,
  type Variable,
} from '@fovea/tensorflow';
import { embeddingSpread } from './embedding-spread.ts';
import {
  backboneOf,
  disposeModules,
  globalViews,
  localViews,
  stateOf,
  teacherOf,
  weightsOf,
  type BackboneOptions,
} from './encoder.ts';
import type { Learner } from './learner.ts';
import { method } from './method.ts';
import { momentumSchedule, rampSchedule, switchSchedule } from './schedules.ts';
import { blockMasks, randomMasks, type MaskShares } from './block-masks.ts';
import { asVit } from './vit-tokens.ts';

/** What makes an iBOT learner. */
export interface IbotLearnerOptions {
  /** A vision transformer; its mask token is switched on. */
  readonly backbone: BackboneOptions;
  /** Shared by class and patch tokens. */
  readonly projector: Omit<DinoHeadOptions, 'inputs'>;
  readonly studentTemperature: number;
  /** Temperature of the teacher, of class and patch tokens alike, linear over the first `warmUp` of training. */
  readonly teacherTemperature: readonly [start: number, end: number];
  readonly warmUp: number;
  readonly centerMomentum: number;
  readonly momentum: readonly [start: number, end: number];
  /** Share of training during which the last layer gets no gradient. */
  readonly frozenFor: number;
  /** Masked share of a global view: 0 with probability `none`, else uniform in [low, high]; in rectangles, or patch by patch. */
  readonly masking: MaskShares & { readonly shape: 'block' | 'random' };
  readonly classWeight: number;
  readonly patchWeight: number;
}

/**
 * iBOT: DINO on class tokens, and the student's masked patch tokens predict the teacher's unmasked ones of the same view.
 *
 *     L = dino(class tokens) + mean over global views and images of the mean over masked patches of
 *         -sum over k of softmax((t - c') / T'_t)_k log softmax(s / T_s)_k
 *
 * Views: two global ones, masked for the student, and local ones, whole. State: student, teacher, two centres. The teacher is evaluated.
 *
 * Source: Zhou et al. 2022, equations 1 to 3; bytedance/ibot. Masks are drawn inside of the step, in blocks as by the authors' default.
 */
export function ibot(options: IbotLearnerOptions, key: Key): Learner {
  const { studentTemperature, centerMomentum, classWeight, patchWeight } = options;
  const student = network(options, key);
  const modules = { ...student };
  const teacher = teacherOf(student, () => network(options, key));
  const [center_K, patchCenter_K] = [0, 1].map(() =>
    tf.tidy(() => tf.variable(tf.zeros([student.projector.outputs]), false)),
  );
  return {
    name: 'ibot',
    backbone: teacher.network.backbone,
    trained: student,
    weights: weightsOf(modules),
    state: new Map<string, Variable>([
      ...stateOf(modules),
      ...stateOf({ ...teacher.network }, 'teacher.'),
      ['center', center_K],
      ['patchCenter', patchCenter_K],
    ]),
    schedules: {
      momentum: momentumSchedule(options.momentum),
      teacherTemperature: rampSchedule(options.teacherTemperature, options.warmUp),
      lastLayer: switchSchedule(options.frozenFor),
    },
    needs: [],
    prepare: ({ views }, { values, key: stepKey }) => {
      teacher.move(values.momentum);
      const { classTokens, patchTokens } = tokensOf(teacher.network, globalViews(views, 2));
      const [globals, batch, patches] = patchTokens.shape;
      const [, , height, width] = views[0].shape as number[];
      const patch = Math.sqrt((height * width) / patches); // its side in pixels
      const grid = [height / patch, width / patch] as const;
      const { shape, ...shares } = options.masking;
      const mask =
        shape === 'block'
          ? blockMasks(stepKey, globals * batch, grid, shares)
          : randomMasks(stepKey, globals * batch, patches, shares);
      return { classTokens, patchTokens, mask_GBN: tf.reshape(mask, [globals, batch, patches]) };
    },
    loss: ({ views }, targets, { values }) => {
      const mask_GBN = targets.mask_GBN as Tensor3D;
      const globals = tokensOf(student, globalViews(views, 2), mask_GBN, values.lastLayer);
      const locals = localViews(views, 2).map((group) =>
        tokensOf(student, group, undefined, values.lastLayer),
      );
      const classTokens = tf.concat([globals, ...locals].map((tokens) => tokens.classTokens)) as Tensor3D;
      const temperature = values.teacherTemperature;
      const { loss, classLoss, patchLoss } = ibotLoss(
        { classTokens, patchTokens: globals.patchTokens },
        { classTokens: targets.classTokens as Tensor3D, patchTokens: targets.patchTokens as Tensor4D },
        mask_GBN,
        center_K as unknown as Tensor1D,
        patchCenter_K as unknown as Tensor1D,
        {
          studentTemperature,
          teacherTemperature: temperature,
          patchTeacherTemperature: temperature,
          classWeight,
          patchWeight,
        },
      );
      return { loss, metrics: { classLoss, patchLoss, spread: embeddingSpread(classTokens) } };
    },
    commit: ({ classTokens, patchTokens }) => {
      center_K.assign(updateCenter(center_K as unknown as Tensor1D, classTokens, centerMomentum));
      patchCenter_K.assign(updateCenter(patchCenter_K as unknown as Tensor1D, patchTokens, centerMomentum));
    },
    collapsedLoss: () => (classWeight + patchWeight) * Math.log(student.projector.outputs), // where every view has a masked patch
    dispose: () => {
      disposeModules(modules);
      disposeModules({ ...teacher.network });
      tf.dispose([center_K, patchCenter_K]);
    },
  };
}

interface IbotNetwork {
  readonly backbone: Vit;
  readonly projector: DinoHead;
}

function network(options: IbotLearnerOptions, key: Key): IbotNetwork {
  if (options.backbone.kind !== 'vit')
    throw new Error("ibot: backbone must be a vision transformer, kind 'vit'.");
  const { shape } = options.masking;
  if (!['block', 'random'].includes(shape))
    throw new Error(`ibot: masking.shape must be block or random, got ${shape}.`);
  const withMask: BackboneOptions = { ...(options.backbone as VitOptions), kind: 'vit', maskToken: true };
  const backbone = asVit('ibot', backboneOf(withMask, fold(key, 'backbone')));
  const inputs = backbone.features;
  return { backbone, projector: dinoHead({ inputs, ...options.projector }, fold(key, 'projector')) };
}

/** Logits of class tokens [V, B, K] and patch tokens [V, B, N, K] of views of one resolution. */
function tokensOf(
  { backbone, projector }: IbotNetwork,
  views: Tensor,
  mask_VBN?: Tensor3D,
  trained?: Scalar,
): IbotTokens {
  const [count, batch, height, width, channels] = views.shape;
  const images = tf.reshape(views, [count * batch, height, width, channels]);
  const masked = mask_VBN && tf.reshape(mask_VBN, [count * batch, -1]);
  const tokens_NTD = backbone.tokens(images, masked === undefined ? {} : { masked });
  const [, tokens, dim] = tokens_NTD.shape;
  const rows = projector.forward(tf.reshape(tokens_NTD, [-1, dim]), 'train', trained);
  const [first, rest] = tf.split(
    tf.reshape(rows, [count, batch, tokens, projector.outputs]),
    [1, tokens - 1],
    2,
  );
  return {
    classTokens: tf.reshape(first, [count, batch, projector.outputs]),
    patchTokens: rest as Tensor4D,
  };
}

export const IBOT = method<IbotLearnerOptions>({
  name: 'ibot',
  title: 'iBOT',
  paper: 'Zhou et al., "iBOT: image BERT pre-training with online tokenizer", ICLR 2022',
  equation:
    "dino(class tokens) + mean over masked patches of -sum_k softmax((t - c')/T'_t)_k log softmax(s/T_s)_k",
  source: 'equations 1 to 3; bytedance/ibot',
  recipes: ['imagenet-ibot', 'cifar-multi-crop'],
  globalViews: 2,
  localViews: 'possible',
  needs: [],
  state: 'momentum teacher, centres of class and patch tokens',
  tags: [],
  reconstruction: null,
  file: 'ibot.ts',
  defaults: {
    projector: { hidden: [2048, 2048], bottleneck: 256, prototypes: 8192, hiddenNorm: false },
    studentTemperature: 0.1,
    teacherTemperature: [0.04, 0.07],
    warmUp: 30 / 800,
    centerMomentum: 0.9,
    momentum: [0.996, 1],
    frozenFor: 1 / 800,
    masking: { none: 0.5, low: 0.1, high: 0.5, shape: 'block' },
    classWeight: 1,
    patchWeight: 1,
  },
  build: ibot,
});
