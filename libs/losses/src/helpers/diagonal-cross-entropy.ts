import { logSoftmax, tf, type Scalar, type Tensor2D } from '@fovea/tensorflow';

/** Cross-entropy of the rows of logits whose row i has label i: mean over i of -log softmax(logits_i)_i. */
export function diagonalCrossEntropy(logits_NN: Tensor2D): Scalar {
  const [N] = logits_NN.shape;
  return tf.div(tf.sum(tf.mul(logSoftmax(logits_NN), tf.eye(N))), -N) as Scalar;
}
