import { checkShape, logSoftmax, tf, type Scalar, type Tensor1D, type Tensor3D } from '@fovea/tensorflow';
import { centredSoftmax } from './helpers/centred-softmax.ts';
import { crossViewCrossEntropy } from './helpers/cross-view-cross-entropy.ts';
import { checkPositive, resolveOptions, type Real } from './helpers/options.ts';

export interface DinoOptions {
  /** Temperature of the student. Default 0.1. */
  readonly studentTemperature?: Real;
  /** Temperature of the teacher, warmed up from 0.04 to 0.07 in the paper. Default 0.04. */
  readonly teacherTemperature?: Real;
}

const defaults: Required<DinoOptions> = { studentTemperature: 0.1, teacherTemperature: 0.04 };

/**
 * DINO: the centred and sharpened output of the teacher for a global view is predicted from every other view of the student.
 *
 *     L = mean over teacher views g and student views v != g of mean over images of
 *         -sum over k of softmax((t_g - c) / T_t)_k log softmax(s_v / T_s)_k
 *
 * Teacher and centre are constants. All outputs equal (collapse): log K. Update the centre afterwards with `updateCenter`.
 *
 * @param student_VBK - logits of all views [V, B, K], V >= 2, the first G of them the teacher's views
 * @param teacher_GBK - logits of the teacher [G, B, K], G <= V
 * @param center_K - [K]
 * @throws Error for shapes that do not fit and temperatures that are not > 0
 *
 * Source: Caron et al. 2021, equation 3.
 *
 * @example
 * dino(tf.ones([3, 4, 8]), tf.ones([2, 4, 8]), tf.zeros([8])); // 2.0794 = log 8
 */
export function dino(
  student_VBK: Tensor3D,
  teacher_GBK: Tensor3D,
  center_K: Tensor1D,
  options: DinoOptions = {},
): Scalar {
  const { studentTemperature, teacherTemperature } = resolveOptions('dino', options, defaults);
  const { V, B, K } = checkShape(student_VBK, ['V', 'B', 'K'], 'dino: student_VBK');
  const { G } = checkShape(teacher_GBK, ['G', B, K], 'dino: teacher_GBK');
  checkShape(center_K, [K], 'dino: center_K');
  checkPositive('dino', 'studentTemperature', studentTemperature);
  checkPositive('dino', 'teacherTemperature', teacherTemperature);
  if (V < 2 || G > V || G < 1 || B < 1) {
    throw new Error(
      `dino: student_VBK must hold at least 2 views and all views of the teacher, got ${V} views and ${G} of the teacher, ${B} images.`,
    );
  }
  return tf.tidy(() => {
    const target_GBK = centredSoftmax(teacher_GBK, center_K, teacherTemperature);
    const logPredictions_VBK = logSoftmax(tf.div(student_VBK, studentTemperature) as Tensor3D);
    return crossViewCrossEntropy(
      target_GBK,
      logPredictions_VBK,
      Array.from({ length: G }, (_, view) => view),
    );
  });
}
