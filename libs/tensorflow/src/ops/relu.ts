import type { Tensor } from '@tensorflow/tfjs';
import { hasNativeOps, nodeBackend } from '../backend.ts';
import { tf } from '../tf.ts';
import { floatType, nativeKernel } from './native-kernel.ts';

/**
 * Rectifier: y = max(x, 0), with dx = dy where x > 0, else 0.
 *
 * `tf.relu` takes three ops for its gradient; this one takes TensorFlow's ReluGrad. Gradients of gradients are defined.
 *
 * @param x - float32, any shape
 *
 * @example
 * relu(tf.tensor1d([-1, 2])).arraySync(); // [0, 2]
 */
export function relu<T extends Tensor>(x: T): T {
  if (!hasNativeOps()) return tf.relu(x);
  return forward({ x }, {})[0] as T;
}

const forward = nativeKernel<'x', object>({
  name: 'FoveaRelu',
  forward: ({ x }) => nodeBackend().executeSingleOutput('Relu', [floatType()], [x]),
  gradient: {
    inputsToSave: [],
    outputsToSave: [true],
    backward: ([dy], [y]) => ({ x: backward({ dy, y }, {})[0] }),
  },
});

const backward: (inputs: { dy: Tensor; y: Tensor }, attributes: object) => Tensor[] = nativeKernel<
  'dy' | 'y',
  object
>({
  name: 'FoveaReluGrad',
  forward: ({ dy, y }) => nodeBackend().executeSingleOutput('ReluGrad', [floatType()], [dy, y]),
  gradient: {
    inputsToSave: ['y'],
    outputsToSave: [],
    // ReluGrad is linear in dy and piecewise constant in y.
    backward: ([ddx], [y]) => ({ dy: backward({ dy: ddx, y }, {})[0], y: tf.zerosLike(y) }),
  },
});
