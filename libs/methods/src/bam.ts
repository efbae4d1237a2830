import { bam as bamLoss, bam2023, bamUniformLoss, type BamOptions } from '@fovea/losses';
import type { Key } from '@fovea/random';
import type { Scalar, Tensor, Tensor3D, Variable } from '@fovea/tensorflow';
import { embeddingSpread } from './embedding-spread.ts';
import {
  disposeModules,
  embed,
  encoderOf,
  stateOf,
  teacherOf,
  weightsOf,
  type BackboneOptions,
  type HeadOptions,
} from './encoder.ts';
import type { BoxPlan, Learner } from './learner.ts';
import { method } from './method.ts';
import { momentumSchedule, rampSchedule } from './schedules.ts';

/** What makes a BAM learner. */
export interface BamLearnerOptions {
  readonly backbone: BackboneOptions;
  readonly projector: HeadOptions;
  /** Momentum teacher with a cosine from `momentum` to 1, or null: the student is its own teacher. */
  readonly teacher: { readonly momentum: number } | null;
  readonly loss: Required<
    Pick<BamOptions, 'reg' | 'temperature' | 'sinkhornIterations' | 'topK' | 'positiveMasking'>
  > & {
    /** Views whose attention is a target; the further ones are local crops. Default 2. */
    readonly globalCrops?: number;
    /** Views that are keys; default as many as globalCrops. */
    readonly targetCrops?: number;
  };
  /** Linear change of `loss.reg` over the first share of training; default null, constant as in the released scripts. */
  readonly annealing?: { readonly reg: number; readonly share: number } | null;
  /** The code's state: that of July 2024, or of 2023 (student alone, every view is a key). Default '2024'. */
  readonly revision?: '2024' | '2023';
  /** Crops placed by boxes of the evaluated network's attention (ContrastiveCrop); default null. */
  readonly boxes?: BoxPlan | null;
}

/** Whole views that are targets where the options do not say. */
const VIEWS = 2;

/**
 * BAM: views of an image are trained to have the same distribution of self-attention over all other images of the batch, and the
 * target is that distribution balanced by optimal transport.
 *
 *     L = 1/G sum_g 1/(V-1) sum_{v != g} 1/B sum_i H( P[g,i,:], A[v,i,:] )
 *
 * Views: two global ones and, with multi-crop, local ones of another resolution: one pass of the backbone a resolution, one of the projector. All
 * views' rows take part in the balancing. State: backbone, projector and, in teacher form, their momentum copies, updated ahead of each
 * step's loss. With a teacher its network is the one evaluated. A loss that settles at log(T(B-1)) has collapsed: keep batch norm in the
 * projector of a student-only run.
 *
 * Source: Shalam and Korman, ECCV 2024; their code of July 2024, or of 2023 by `revision`.
 */
export function bam(options: BamLearnerOptions, key: Key): Learner {
  const { revision = '2024', annealing = null, boxes = null } = options;
  const { globalCrops = VIEWS, ...loss } = options.loss;
  const { targetCrops = globalCrops, topK, ...shared } = loss;
  if (revision === '2023' && (options.teacher !== null || topK !== 0)) {
    throw new Error("bam: revision '2023' has neither a teacher nor topK; take teacher null and topK 0.");
  }
  const student = encoderOf(options, key);
  const modules = { ...student };
  const teacher = options.teacher === null ? null : teacherOf(student, () => encoderOf(options, key));
  return {
    name: 'bam',
    backbone: (teacher?.network ?? student).backbone,
    trained: student,
    weights: weightsOf(modules),
    state: new Map<string, Variable>([
      ...stateOf(modules),
      ...(teacher === null ? [] : stateOf({ ...teacher.network }, 'teacher.')),
    ]),
    schedules: {
      ...(options.teacher === null ? {} : { momentum: momentumSchedule([options.teacher.momentum, 1]) }),
      ...(annealing === null
        ? {}
        : { reg: rampSchedule([loss.reg as number, annealing.reg], annealing.share) }),
    },
    needs: [],
    prepare: ({ views }, { values }): Record<string, Tensor> => {
      if (teacher === null) return {};
      teacher.move(values.momentum);
      return { teacher_VBD: embed(teacher.network, views, 'train') };
    },
    loss: ({ views }, targets, { values }) => {
      const student_VBD = embed(student, views, 'train');
      const teacher_VBD = (targets.teacher_VBD as Tensor3D | undefined) ?? null;
      const own = { ...shared, globalCrops, reg: (values.reg as Scalar | undefined) ?? loss.reg };
      return {
        loss:
          revision === '2023'
            ? bam2023(student_VBD, own)
            : bamLoss(student_VBD, teacher_VBD, { ...own, targetCrops, topK }),
        metrics: { spread: embeddingSpread(student_VBD) },
      };
    },
    ...(revision === '2023'
      ? {} // log(V (B - 1)): it depends on the number of views
      : { collapsedLoss: (batch) => bamUniformLoss(targetCrops, batch, loss.positiveMasking) }),
    ...(boxes === null ? {} : { boxes }),
    dispose: () => {
      disposeModules(modules);
      if (teacher !== null) disposeModules({ ...teacher.network });
    },
  };
}

export const BAM = method<BamLearnerOptions>({
  name: 'bam',
  title: 'BAM',
  paper:
    'Shalam and Korman, "Unsupervised representation learning by balanced self attention matching", ECCV 2024 (arXiv 2408.02014)',
  equation: '1/G sum_g 1/(V-1) sum_{v != g} 1/B sum_i H(P[g,i,:], A[v,i,:])',
  source: 'DanielShalam/BAM at 1dfbbf1 (2024), 28ce23d (2023)',
  recipes: ['imagenet-bam', 'cifar-bam', 'cifar-multi-crop'],
  globalViews: 2,
  localViews: 'possible',
  needs: [],
  state: 'momentum teacher',
  tags: [],
  reconstruction: null,
  file: 'bam.ts',
  defaults: {
    projector: {
      hidden: [4096, 4096],
      outputs: 4096,
      hiddenNorm: true,
      outputNorm: 'plain',
      activation: 'gelu',
      initial: 'truncated-normal',
    },
    teacher: { momentum: 0.995 },
    loss: { reg: 0.05, temperature: 0.1, sinkhornIterations: 3, topK: 0, positiveMasking: true },
    annealing: null,
    revision: '2024',
    boxes: null,
  },
  build: bam,
});
