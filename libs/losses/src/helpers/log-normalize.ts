import { logSoftmax, tf, type Tensor, type Tensor2D } from '@fovea/tensorflow';

/**
 * Scales the exponentials of a matrix's rows to sum 1, in the log domain.
 *
 * Minus infinity (probability 0) is allowed as long as each row has one finite entry.
 */
export function logNormalizeRows(x: Tensor2D): Tensor2D {
  return logSoftmax(x);
}

/** The same for columns. */
export function logNormalizeColumns(x: Tensor2D): Tensor2D {
  return tf.transpose(logSoftmax(tf.transpose(x)));
}

/** The same for all entries together, of a tensor of any shape. */
export function logNormalizeAll<T extends Tensor>(x: T): T {
  return tf.reshape(logSoftmax(tf.reshape(x, [-1])), x.shape) as T;
}
