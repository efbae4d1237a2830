import type { Tensor } from '@tensorflow/tfjs';
import { hasNativeOps, nodeBackend } from '../backend.ts';
import { tf } from '../tf.ts';
import { floatType, nativeKernel } from './native-kernel.ts';

/**
 * Logarithm of the softmax over the last axis, safe for logits of any size.
 *
 *     y = x - logsumexp(x),  dx = dy - softmax(x) sum(dy)
 *
 * One native op; the gradient has a gradient itself.
 *
 * @param x - float32 [..., K]
 *
 * @example
 * logSoftmax(tf.tensor1d([0, 0])).arraySync(); // [-0.6931, -0.6931]
 */
export function logSoftmax<T extends Tensor>(x: T): T {
  if (!hasNativeOps()) return tf.logSoftmax(x);
  return forward({ x }, {})[0] as T;
}

const forward = nativeKernel<'x', object>({
  name: 'FoveaLogSoftmax',
  forward: ({ x }) => nodeBackend().executeSingleOutput('LogSoftmax', [floatType()], [x]),
  gradient: {
    inputsToSave: [],
    outputsToSave: [true],
    backward: ([dy], [y]) => ({ x: tf.sub(dy, tf.mul(tf.exp(y), tf.sum(dy, -1, true))) }),
  },
});
