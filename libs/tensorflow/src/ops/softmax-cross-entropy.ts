import type { Tensor, Tensor1D } from '@tensorflow/tfjs';
import { checkShape } from '../check-shape.ts';
import { hasNativeOps, nodeBackend } from '../backend.ts';
import { tf } from '../tf.ts';
import { floatType, nativeKernel } from './native-kernel.ts';
import { logSoftmax } from './log-softmax.ts';

/**
 * Cross-entropy of each row against a softmax.
 *
 *     loss_n = -sum_k labels_nk log softmax(logits_n)_k
 *
 * One native op, safe for logits of any size; gradients to both arguments have gradients themselves.
 *
 * @param logits_NK - float32 [N, K]
 * @param labels_NK - probabilities [N, K], rows of sum 1
 * @returns [N]
 * @throws Error when the shapes differ
 *
 * @example
 * softmaxCrossEntropy(tf.tensor2d([[0, 0]]), tf.tensor2d([[1, 0]])).arraySync(); // [0.6931]
 */
export function softmaxCrossEntropy(logits_NK: Tensor, labels_NK: Tensor): Tensor1D {
  const { N, K } = checkShape(logits_NK, ['N', 'K'], 'softmaxCrossEntropy: logits_NK');
  checkShape(labels_NK, [N, K], 'softmaxCrossEntropy: labels_NK');
  if (!hasNativeOps()) return tf.neg(tf.sum(tf.mul(labels_NK, logSoftmax(logits_NK)), 1)) as Tensor1D;
  return forward({ logits: logits_NK, labels: labels_NK }, {})[0] as Tensor1D;
}

const forward = nativeKernel<'logits' | 'labels', object>({
  name: 'FoveaSoftmaxCrossEntropy',
  forward: ({ logits, labels }) => {
    const [loss, gradient] = nodeBackend().executeMultipleOutputs(
      'SoftmaxCrossEntropyWithLogits',
      [floatType()],
      [logits, labels],
      2,
    );
    gradient.dispose(); // the backward pass takes the softmax again, in differentiable form
    return [loss];
  },
  gradient: {
    inputsToSave: ['logits', 'labels'],
    outputsToSave: [],
    backward: ([dy], [logits, labels]) => {
      const dy_N1 = tf.expandDims(dy, 1);
      return {
        logits: () => tf.mul(dy_N1, tf.sub(tf.softmax(logits), labels)),
        labels: () => tf.neg(tf.mul(dy_N1, logSoftmax(logits))),
      };
    },
  },
});
