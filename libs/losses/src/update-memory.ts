import { checkShape, gatherRows, l2Normalize, tf, type Tensor1D, type Tensor2D } from '@fovea/tensorflow';
import { checkRange, type Real } from './helpers/options.ts';
import { stopGradient } from './helpers/stop-gradient.ts';

/**
 * The memory bank after a step: v <- n(m v + (1 - m) f) in the rows of the batch's images.
 *
 * @param memory_ND - [N, D]
 * @param features_BD - [B, D]
 * @param rows_B - int32 [B], each row at most once
 * @param momentum - m in [0, 1], 0.5 in the paper
 * @returns [N, D], a new tensor, constant
 * @throws Error for shapes that do not fit and a momentum outside [0, 1]
 *
 * Source: Wu et al. 2018, as in HobbitLong/CMC.
 *
 * @example
 * updateMemory(tf.tensor2d([[1, 0], [0, 1]]), tf.tensor2d([[1, 0]]), tf.tensor1d([1], 'int32')); // [[1, 0], [0.7071, 0.7071]]
 */
export function updateMemory(
  memory_ND: Tensor2D,
  features_BD: Tensor2D,
  rows_B: Tensor1D,
  momentum: Real = 0.5,
): Tensor2D {
  const { D } = checkShape(memory_ND, ['N', 'D'], 'updateMemory: memory_ND');
  const { B } = checkShape(features_BD, ['B', D], 'updateMemory: features_BD');
  checkShape(rows_B, [B], 'updateMemory: rows_B');
  checkRange('updateMemory', 'momentum', momentum, 0, 1);
  return tf.tidy(() => {
    const memory = stopGradient(memory_ND);
    const old_BD = gatherRows(memory, rows_B);
    const mixed_BD = tf.add(tf.mul(old_BD, momentum), tf.mul(stopGradient(features_BD), tf.sub(1, momentum)));
    return tf.tensorScatterUpdate(memory, tf.reshape(rows_B, [B, 1]), l2Normalize(mixed_BD)) as Tensor2D;
  });
}
