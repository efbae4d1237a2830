import { mlpHead, resNet, type MlpHeadOptions, type ResNetOptions } from '@fovea/backbones';
import { bam as bamLoss, bamUniformLoss, type BamOptions } from '@fovea/losses';
import { fold, type Key } from '@fovea/random';
import { emaUpdate, type Tensor, type Tensor3D, type Variable } from '@fovea/tensorflow';
import { disposeEncoder, embed, encoderState, encoderWeights, prefixed, type Encoder } from './encoder.ts';
import type { Learner } from './learner.ts';

/** What makes a BAM learner. */
export interface BamLearnerOptions {
  readonly backbone: ResNetOptions;
  readonly projector: Omit<MlpHeadOptions, 'inputs'>;
  /** Momentum teacher with a cosine from `momentum` to 1, or null: the student is its own teacher. */
  readonly teacher: { readonly momentum: number } | null;
  readonly loss: Required<
    Pick<BamOptions, 'reg' | 'temperature' | 'sinkhornIterations' | 'topK' | 'positiveMasking'>
  >;
}

const VIEWS = 2;

/**
 * BAM: views of an image are trained to have the same distribution of self-attention over all other images of the batch, and the
 * target is that distribution balanced by optimal transport.
 *
 *     L = 1/G sum_g 1/(V-1) sum_{v != g} 1/B sum_i H( P[g,i,:], A[v,i,:] )
 *
 * Views: two, both global and both keys. State: backbone, projector and, in teacher form, their momentum copies, updated ahead of each
 * step's loss. With a teacher its network is the one evaluated.
 *
 * Source: Shalam and Korman, ECCV 2024; their code of July 2024.
 */
export function bam(options: BamLearnerOptions, key: Key): Learner {
  const student = encoder(options, key);
  const teacher = options.teacher === null ? null : encoder(options, key);
  const [weights, teacherWeights] = [encoderWeights(student), teacher && encoderWeights(teacher)];
  if (teacherWeights !== null) emaUpdate(teacherWeights, weights, 0); // a copy; running statistics stay the teacher's own
  const momentum = options.teacher?.momentum ?? 0;
  return {
    name: 'bam',
    backbone: (teacher ?? student).backbone,
    weights,
    state: new Map<string, Variable>([
      ...encoderState(student),
      ...(teacher === null ? [] : prefixed('teacher.', encoderState(teacher))),
    ]),
    schedules:
      teacher === null
        ? {}
        : { momentum: (progress) => 1 - ((1 - momentum) * (1 + Math.cos(Math.PI * progress))) / 2 },
    needs: [],
    prepare: ({ views: [views_VBHWC] }, { values }): Record<string, Tensor> => {
      if (teacher === null || teacherWeights === null) return {};
      emaUpdate(teacherWeights, weights, values.momentum);
      return { teacher_VBD: embed(teacher, views_VBHWC, 'train') };
    },
    loss: ({ views: [views_VBHWC] }, targets) => {
      const student_VBD = embed(student, views_VBHWC, 'train');
      const teacher_VBD = (targets.teacher_VBD as Tensor3D | undefined) ?? null;
      return { loss: bamLoss(student_VBD, teacher_VBD, { ...options.loss, globalCrops: VIEWS }) };
    },
    collapsedLoss: (batch) => bamUniformLoss(VIEWS, batch),
    dispose: () => {
      disposeEncoder(student);
      if (teacher !== null) disposeEncoder(teacher);
    },
  };
}

function encoder({ backbone: options, projector }: BamLearnerOptions, key: Key): Encoder {
  const backbone = resNet(options, fold(key, 'backbone'));
  return {
    backbone,
    projector: mlpHead({ inputs: backbone.features, ...projector }, fold(key, 'projector')),
  };
}
