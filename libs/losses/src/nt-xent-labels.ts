import { checkShape, l2Normalize, tf, type Scalar, type Tensor1D, type Tensor2D } from '@fovea/tensorflow';
import { checkPositive, resolveOptions } from './helpers/options.ts';
import type { NtXentOptions } from './nt-xent.ts';

const defaults: Required<NtXentOptions> = { temperature: 0.1 };

/**
 * NT-Xent with any number of positives: the rows of one label share the numerator, the sum over positives inside the logarithm.
 *
 *     L = mean over i of -log( sum over positives of exp(s_ip / T) / sum over k != i of exp(s_ik / T) )
 *
 * With image indices as labels of two stacked views it is `ntXent`. An anchor without positives contributes 0. All embeddings equal
 * (collapse): log((N - 1) / positives). `supCon` is the form with the sum outside the logarithm.
 *
 * @param z_ND - embeddings [N, D], N >= 2; normalised inside
 * @param labels_N - one number a class, int32 [N]
 * @throws Error for shapes that do not fit, a single row and a temperature that is not > 0
 *
 * Source: solo-learn's simclr_loss_func, which masks by equality of indices.
 *
 * @example
 * ntXentLabels(tf.ones([4, 2]), tf.tensor1d([0, 1, 0, 1], 'int32')); // 1.0986 = log 3
 */
export function ntXentLabels(z_ND: Tensor2D, labels_N: Tensor1D, options: NtXentOptions = {}): Scalar {
  const { temperature } = resolveOptions('ntXentLabels', options, defaults);
  const { N } = checkShape(z_ND, ['N', 'D'], 'ntXentLabels: z_ND');
  checkShape(labels_N, [N], 'ntXentLabels: labels_N');
  if (N < 2) throw new Error(`ntXentLabels: z_ND must hold at least 2 rows, got ${N}.`);
  checkPositive('ntXentLabels', 'temperature', temperature);
  return tf.tidy(() => {
    const unit_ND = l2Normalize(z_ND);
    const logits_NN = tf.div(tf.matMul(unit_ND, unit_ND, false, true), temperature);
    const self_NN = tf.cast(tf.eye(N), 'bool');
    const labels_N1 = tf.reshape(labels_N, [N, 1]);
    const sameLabel_NN = tf.equal(labels_N1, tf.transpose(labels_N1));
    const positive_NN = tf.logicalAnd(sameLabel_NN, tf.logicalNot(self_NN));
    const lonely_N1 = tf.logicalNot(tf.any(positive_NN, 1, true));
    const others_N = tf.logSumExp(tf.where(self_NN, -Infinity, logits_NN), 1);
    // A lonely anchor takes all others as its numerator, which makes its term 0.
    const numerator_NN = tf.logicalOr(positive_NN, tf.logicalAnd(lonely_N1, tf.logicalNot(self_NN)));
    const positives_N = tf.logSumExp(tf.where(numerator_NN, logits_NN, -Infinity), 1);
    return tf.mean(tf.sub(others_N, positives_N)) as Scalar;
  });
}
