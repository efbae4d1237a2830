import {
  checkShape,
  logSoftmax,
  tf,
  type Scalar,
  type Tensor1D,
  type Tensor3D,
  type Tensor4D,
} from '@fovea/tensorflow';
import { dino, type DinoOptions } from './dino.ts';
import { centredSoftmax } from './helpers/centred-softmax.ts';
import { checkPositive, resolveOptions, type Real } from './helpers/options.ts';

export interface IbotOptions extends DinoOptions {
  /** Temperature of the teacher's patch tokens. Default 0.07. */
  readonly patchTeacherTemperature?: Real;
  /** Weight of the class-token loss. Default 1. */
  readonly classWeight?: Real;
  /** Weight of the masked-patch loss. Default 1. */
  readonly patchWeight?: Real;
}

const defaults = {
  studentTemperature: 0.1 as Real,
  teacherTemperature: undefined as Real | undefined,
  patchTeacherTemperature: 0.07 as Real,
  classWeight: 1 as Real,
  patchWeight: 1 as Real,
};

/** Outputs of one network: class tokens [V, B, K] and patch tokens of the global views [G, B, N, P]. */
export interface IbotTokens {
  readonly classTokens: Tensor3D;
  readonly patchTokens: Tensor4D;
}

/** The terms of the loss. */
export interface IbotTerms {
  readonly loss: Scalar;
  readonly classLoss: Scalar;
  readonly patchLoss: Scalar;
}

/**
 * iBOT: DINO on class tokens, and the same distillation between the masked patch tokens of a view and the teacher's unmasked ones.
 *
 *     L = w1 dino(class tokens) + w2 mean over global views g of mean over images of
 *         ( sum over masked patches of -sum over k of softmax((t - c') / T'_t)_k log softmax(s / T_s)_k ) / max(1, masked patches)
 *
 * Teacher and centres are constants. All outputs equal (collapse): w1 log K + w2 log P, if every view has a masked patch.
 * Update both centres afterwards with `updateCenter`, with all of the teacher's tokens.
 *
 * @param student - class tokens of all V views, patch tokens of the first G
 * @param teacher - class and patch tokens of the G global views
 * @param mask_GBN - boolean [G, B, N], true where the student's patch was masked
 * @param center_K - centre of class tokens [K]
 * @param patchCenter_P - centre of patch tokens [P]
 * @returns the total and its two unweighted terms
 * @throws Error for shapes that do not fit and options out of range
 *
 * Source: Zhou et al. 2022, equations 1 to 3, and the authors' iBOTLoss.
 *
 * @example
 * const tokens = { classTokens: tf.ones([2, 3, 8]), patchTokens: tf.ones([2, 3, 4, 8]) };
 * ibot(tokens, tokens, tf.ones([2, 3, 4], 'bool'), tf.zeros([8]), tf.zeros([8])).loss; // 4.1589 = 2 log 8
 */
export function ibot(
  student: IbotTokens,
  teacher: IbotTokens,
  mask_GBN: Tensor3D,
  center_K: Tensor1D,
  patchCenter_P: Tensor1D,
  options: IbotOptions = {},
): IbotTerms {
  const o = resolveOptions('ibot', options, defaults);
  const { G, B, N, P } = checkShape(student.patchTokens, ['G', 'B', 'N', 'P'], 'ibot: student.patchTokens');
  checkShape(teacher.patchTokens, [G, B, N, P], 'ibot: teacher.patchTokens');
  checkShape(teacher.classTokens, [G, B, 'K'], 'ibot: teacher.classTokens');
  checkShape(student.classTokens, ['V', B, 'K'], 'ibot: student.classTokens');
  checkShape(mask_GBN, [G, B, N], 'ibot: mask_GBN');
  checkShape(patchCenter_P, [P], 'ibot: patchCenter_P');
  checkPositive('ibot', 'studentTemperature', o.studentTemperature);
  checkPositive('ibot', 'patchTeacherTemperature', o.patchTeacherTemperature);
  return tf.tidy(() => {
    const classLoss = dino(student.classTokens, teacher.classTokens, center_K, {
      studentTemperature: o.studentTemperature,
      teacherTemperature: o.teacherTemperature,
    });
    const target_GBNP = centredSoftmax(teacher.patchTokens, patchCenter_P, o.patchTeacherTemperature);
    const logPrediction_GBNP = logSoftmax(tf.div(student.patchTokens, o.studentTemperature) as Tensor4D);
    const loss_GBN = tf.neg(tf.sum(tf.mul(target_GBNP, logPrediction_GBNP), 3));
    const mask = tf.cast(mask_GBN, 'float32');
    const loss_GB = tf.div(tf.sum(tf.mul(loss_GBN, mask), 2), tf.maximum(tf.sum(mask, 2), 1));
    const patchLoss = tf.mean(loss_GB) as Scalar;
    const loss = tf.add(tf.mul(classLoss, o.classWeight), tf.mul(patchLoss, o.patchWeight)) as Scalar;
    return { loss, classLoss, patchLoss };
  });
}
