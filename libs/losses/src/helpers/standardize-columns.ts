import { tf, type Tensor2D } from '@fovea/tensorflow';

/** Columns of mean 0 and variance 1 over the batch: (x - mean) / sqrt(biased variance + epsilon), batch norm without affine part. */
export function standardizeColumns(x_ND: Tensor2D, epsilon = 1e-5): Tensor2D {
  const centred = tf.sub(x_ND, tf.mean(x_ND, 0, true));
  const variance = tf.mean(tf.square(centred), 0, true);
  return tf.mul(centred, tf.rsqrt(tf.add(variance, epsilon))) as Tensor2D;
}
