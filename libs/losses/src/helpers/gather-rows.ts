import { tf, type Tensor, type Tensor2D } from '@fovea/tensorflow';

/**
 * Rows of a constant matrix, [N, D] and [...] to [..., D].
 *
 * `tf.gather` reads the indices back to check them, which a compiled step cannot do; this op has no gradient, so the matrix must be constant.
 *
 * @param rows - int32, in [0, N); TensorFlow refuses others on a CPU and takes zeros for them on a GPU
 */
export function gatherRows(constant_ND: Tensor2D, rows: Tensor): Tensor {
  return tf.gatherND(constant_ND, tf.expandDims(rows, -1));
}
