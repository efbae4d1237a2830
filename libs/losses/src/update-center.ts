import { checkShape, tf, type Tensor, type Tensor1D } from '@fovea/tensorflow';
import { checkRange, type Real } from './helpers/options.ts';
import { stopGradient } from './helpers/stop-gradient.ts';

/**
 * The centre after a step: c <- m c + (1 - m) mean of the teacher's rows; constant.
 *
 * @param center_K - [K]
 * @param teacher - logits of the teacher [..., K]
 * @param momentum - m in [0, 1]. Default 0.9
 *
 * Source: Caron et al. 2021, equation 4.
 *
 * @example
 * updateCenter(tf.zeros([2]), tf.tensor2d([[1, 3], [3, 5]])); // [0.2, 0.4]
 */
export function updateCenter(center_K: Tensor1D, teacher: Tensor, momentum: Real = 0.9): Tensor1D {
  const { K } = checkShape(center_K, ['K'], 'updateCenter: center_K');
  if (teacher.shape.at(-1) !== K) {
    throw new Error(`updateCenter: teacher must have shape [..., ${K}], got [${teacher.shape.join(', ')}].`);
  }
  checkRange('updateCenter', 'momentum', momentum, 0, 1);
  if (teacher.size === 0) return stopGradient(center_K); // no row, no news
  return tf.tidy(() => {
    const mean_K = tf.mean(tf.reshape(stopGradient(teacher), [-1, K]), 0);
    return tf.add(tf.mul(stopGradient(center_K), momentum), tf.mul(mean_K, tf.sub(1, momentum))) as Tensor1D;
  });
}
