import {
  checkShape,
  logSoftmax,
  tf,
  type Scalar,
  type Tensor1D,
  type Tensor2D,
  type Tensor3D,
} from '@fovea/tensorflow';
import { centredSoftmax } from './helpers/centred-softmax.ts';
import { checkPositive, resolveOptions, type Real } from './helpers/options.ts';

export interface IbotPatchOptions {
  /** Temperature of the student. Default 0.1. */
  readonly studentTemperature?: Real;
  /** Temperature of the teacher. Default 0.07. */
  readonly teacherTemperature?: Real;
}

const defaults: Required<IbotPatchOptions> = { studentTemperature: 0.1, teacherTemperature: 0.07 };

/**
 * Masked patch loss of iBOT on the masked tokens alone: the student's masked token predicts the teacher's token of the same place.
 *
 *     L = 1/B sum over images of 1/(masked tokens of the image) sum over its masked tokens of
 *         -sum over k of softmax((t - c) / T_t)_k log softmax(s / T_s)_k
 *
 * Teacher and centre are constants; an image without masked tokens counts as 0. All outputs equal (collapse): log K.
 * Update the centre afterwards with `updateCenter(center, teacher)`.
 *
 * @param student_MK - logits of the masked tokens [M, K], image by image, row-major within the mask
 * @param teacher_MK - logits of the teacher for the same tokens
 * @param mask_BHW - boolean [B, H, W], true where masked; M is its number of true entries (not checked: it would read the mask back)
 * @param center_K - [K]
 * @throws Error for shapes that do not fit and temperatures that are not > 0
 *
 * Source: Zhou et al. 2022, equation 2, as in lightly's IBOTPatchLoss.
 *
 * @example
 * ibotPatch(tf.ones([2, 8]), tf.ones([2, 8]), tf.tensor3d([1, 0, 0, 1], [2, 1, 2], 'bool'), tf.zeros([8])); // 2.0794 = log 8
 */
export function ibotPatch(
  student_MK: Tensor2D,
  teacher_MK: Tensor2D,
  mask_BHW: Tensor3D,
  center_K: Tensor1D,
  options: IbotPatchOptions = {},
): Scalar {
  const { studentTemperature, teacherTemperature } = resolveOptions('ibotPatch', options, defaults);
  const { M, K } = checkShape(student_MK, ['M', 'K'], 'ibotPatch: student_MK');
  checkShape(teacher_MK, [M, K], 'ibotPatch: teacher_MK');
  const { B } = checkShape(mask_BHW, ['B', 'H', 'W'], 'ibotPatch: mask_BHW');
  checkShape(center_K, [K], 'ibotPatch: center_K');
  checkPositive('ibotPatch', 'studentTemperature', studentTemperature);
  checkPositive('ibotPatch', 'teacherTemperature', teacherTemperature);
  return tf.tidy(() => {
    const target_MK = centredSoftmax(teacher_MK, center_K, teacherTemperature);
    const logPrediction_MK = logSoftmax(tf.div(student_MK, studentTemperature) as Tensor2D);
    const weighted = tf.mul(tf.mul(target_MK, logPrediction_MK), tokenWeights(mask_BHW, M));
    return tf.div(tf.sum(weighted), -B) as Scalar;
  });
}

/** 1 / (masked tokens of its image) for each of M masked tokens, [M, 1]: token m is of the image whose running count first exceeds m. */
function tokenWeights(mask_BHW: Tensor3D, M: number): Tensor2D {
  const [B] = mask_BHW.shape;
  const count_1B = tf.reshape(tf.sum(tf.cast(mask_BHW, 'float32'), [1, 2]), [1, B]);
  const last_1B = tf.cumsum(count_1B, 1);
  const token_M1 = tf.reshape(tf.range(0, M), [M, 1]);
  const inImage_MB = tf.logicalAnd(
    tf.less(token_M1, last_1B),
    tf.greaterEqual(token_M1, tf.sub(last_1B, count_1B)),
  );
  return tf.sum(tf.div(tf.cast(inImage_MB, 'float32'), tf.maximum(count_1B, 1)), 1, true);
}
