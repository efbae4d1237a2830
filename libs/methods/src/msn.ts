import { mlpHead, prototypes as prototypeTable, type Head, type Vit } from '@fovea/backbones';
import { msn as msnLoss } from '@fovea/losses';
import { fold, type Key } from '@fovea/random';
import { tf, type Tensor, type Tensor2D, type Variable } from '@fovea/tensorflow';
import { embeddingSpread } from './embedding-spread.ts';
import {
  backboneOf,
  disposeModules,
  eachView,
  embed,
  globalViews,
  localViews,
  stateOf,
  teacherOf,
  weightsOf,
  type BackboneOptions,
  type HeadOptions,
} from './encoder.ts';
import type { Learner } from './learner.ts';
import { method } from './method.ts';
import { momentumSchedule } from './schedules.ts';
import { asVit, drawnPatches } from './vit-tokens.ts';

/** What makes an MSN learner. */
export interface MsnLearnerOptions {
  /** A vision transformer. */
  readonly backbone: BackboneOptions;
  readonly projector: HeadOptions;
  readonly prototypes: number;
  /** Share of the second view's patches that the student does not see. */
  readonly drop: number;
  readonly temperature: number;
  /** Targets are raised to the power 1 / this. */
  readonly sharpening: number;
  /** Sinkhorn iterations on the targets, 0 for none. */
  readonly sinkhornIterations: number;
  /** Weight of the mean-entropy term. */
  readonly entropyWeight: number;
  readonly momentum: readonly [start: number, end: number];
}

/**
 * MSN: a view with patches dropped, and small crops, must be assigned to prototypes as the teacher assigns the whole other view.
 *
 *     p(x) = softmax(n(x) n(C)^T / T);  L = mean over anchors of -sum over k of sharpen(p(target))_k log p(anchor)_k + log K - H(mean p(anchor))
 *
 * Views: the first global one is the target, the second the anchor whose patches are dropped at random, local ones are focal anchors, whole. State:
 * student, prototypes, teacher. The teacher is evaluated.
 *
 * Source: Assran et al. 2022, equation 1; facebookresearch/msn.
 */
export function msn(options: MsnLearnerOptions, key: Key): Learner {
  const { drop, temperature } = options;
  if (!(drop >= 0 && drop < 1)) throw new Error(`msn: drop must lie in [0, 1), got ${drop}.`);
  const student = network(options, key);
  const inputs = student.projector.outputs;
  const prototypes = prototypeTable({ inputs, prototypes: options.prototypes }, fold(key, 'prototypes'));
  const modules = { ...student, prototypes };
  const teacher = teacherOf(student, () => network(options, key));
  return {
    name: 'msn',
    backbone: teacher.network.backbone,
    trained: student,
    weights: weightsOf(modules),
    state: new Map<string, Variable>([...stateOf(modules), ...stateOf({ ...teacher.network }, 'teacher.')]),
    schedules: { momentum: momentumSchedule(options.momentum) },
    needs: [],
    prepare: ({ views }, { values }) => {
      teacher.move(values.momentum);
      const [target_BD] = eachView(embed(teacher.network, globalViews(views, 1), 'train'));
      return { target_BD };
    },
    loss: ({ views }, { target_BD }, { key: stepKey }) => {
      const { backbone, projector } = student;
      const [, second] = tf.split(globalViews(views, 2), 2);
      const [, batch, height, width, channels] = second.shape as number[];
      const images = tf.reshape(second, [batch, height, width, channels]);
      const features = [dropped(backbone, images, drop, stepKey)];
      for (const group of localViews(views, 2)) {
        const [count, , ...shape] = group.shape;
        features.push(backbone.forward(tf.reshape(group, [count * batch, ...shape]), 'train'));
      }
      const anchors_AD = projector.forward(tf.concat(features), 'train');
      const loss = msnLoss(anchors_AD, target_BD as Tensor2D, prototypes.weight_KD as unknown as Tensor2D, {
        temperature,
        targetSharpenTemperature: options.sharpening,
        sinkhornIterations: options.sinkhornIterations,
        regularizationWeight: options.entropyWeight,
      });
      return { loss, metrics: { spread: embeddingSpread(anchors_AD) } };
    },
    collapsedLoss: () => Math.log(options.prototypes), // uniform assignments
    dispose: () => {
      disposeModules(modules);
      disposeModules({ ...teacher.network });
    },
  };
}

interface MsnNetwork {
  readonly backbone: Vit;
  readonly projector: Head;
}

function network(options: MsnLearnerOptions, key: Key): MsnNetwork {
  const backbone = asVit('msn', backboneOf(options.backbone, fold(key, 'backbone')));
  const inputs = backbone.features;
  return { backbone, projector: mlpHead({ inputs, ...options.projector }, fold(key, 'projector')) };
}

/** Class tokens of images of which a share of the patches does not enter. */
function dropped(backbone: Vit, images: Tensor, drop: number, stepKey: Tensor): Tensor2D {
  if (drop === 0) return backbone.forward(images, 'train');
  const { embedding } = backbone.forwardTaps(images, 'train', ['embedding']);
  const [count, tokens] = embedding.shape;
  const kept = drawnPatches(stepKey, count, tokens - 1, Math.max(1, Math.round((1 - drop) * (tokens - 1))));
  return backbone.forward(images, 'train', { kept });
}

export const MSN = method<MsnLearnerOptions>({
  name: 'msn',
  title: 'MSN',
  paper: 'Assran et al., "Masked Siamese networks for label-efficient learning", ECCV 2022',
  equation: 'mean over anchors of -sum_k sharpen(p(target))_k log p(anchor)_k + log K - H(mean p(anchor))',
  source: 'equation 1; facebookresearch/msn',
  recipes: ['imagenet-msn', 'cifar-multi-crop'],
  globalViews: 2,
  localViews: 'possible',
  needs: [],
  state: 'prototypes, momentum teacher',
  tags: ['MEM'],
  reconstruction: 'norms of the three-layer projector, momentum 0.996 to 1 [MEM]',
  file: 'msn.ts',
  defaults: {
    projector: {
      hidden: [2048, 2048],
      outputs: 256,
      hiddenNorm: true,
      outputNorm: 'none',
      activation: 'gelu',
    },
    prototypes: 1024,
    drop: 0.15,
    temperature: 0.1,
    sharpening: 0.25,
    sinkhornIterations: 0,
    entropyWeight: 1,
    momentum: [0.996, 1],
  },
  build: msn,
});
