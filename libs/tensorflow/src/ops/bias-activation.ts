import type { Tensor } from '@tensorflow/tfjs';
import { hasNativeOps, nodeBackend } from '../backend.ts';
import { checkShape } from '../check-shape.ts';
import { tf } from '../tf.ts';
import { gelu } from './gelu.ts';
import { floatType, nativeKernel, text } from './native-kernel.ts';
import { relu } from './relu.ts';

/**
 * Bias over the last axis and an activation: y = f(x + b).
 *
 * TensorFlow's BiasAdd and BiasAddGrad stand in for a broadcast and for a sum over all other axes; where no gradient is taken, a compiled
 * step's optimiser joins them with the product or convolution before. Gradients of gradients are defined.
 *
 * @param x - float32 [..., C], two axes or more
 * @param bias_C - float32 [C]
 * @param activation - `none`, `relu` or `gelu` (exact)
 * @throws Error for other shapes or another activation
 *
 * @example
 * biasActivation(tf.tensor2d([[-2, 2]]), tf.tensor1d([1, 1]), 'relu').arraySync(); // [[0, 3]]
 */
export function biasActivation<T extends Tensor>(
  x: T,
  bias_C: Tensor,
  activation: 'none' | 'relu' | 'gelu' = 'none',
): T {
  if (x.rank < 2)
    throw new Error(`biasActivation: x must have two axes or more, got shape [${x.shape.join(', ')}].`);
  checkShape(bias_C, [x.shape[x.rank - 1]], 'biasActivation: bias_C');
  const sum = (hasNativeOps() ? forward({ x, bias: bias_C }, {})[0] : tf.add(x, bias_C)) as T;
  if (activation === 'none') return sum;
  if (activation === 'relu') return relu(sum);
  if (activation === 'gelu') return gelu(sum);
  throw new Error(`biasActivation: activation must be none, relu or gelu, got "${String(activation)}".`);
}

/** Sum over all axes but the last, [..., C] to [C]: TensorFlow's BiasAddGrad, which is several times faster than its Sum over leading axes. */
export function sumToLast(x: Tensor): Tensor {
  if (hasNativeOps()) return backward({ dy: x }, {})[0];
  return tf.sum(
    x,
    x.shape.slice(0, -1).map((_, axis) => axis),
  );
}

const attributes = () => [floatType(), text('data_format', 'NHWC')];

const forward: (inputs: { x: Tensor; bias: Tensor }, attributes: object) => Tensor[] = nativeKernel<
  'x' | 'bias',
  object
>({
  name: 'FoveaBiasAdd',
  forward: ({ x, bias }) => nodeBackend().executeSingleOutput('BiasAdd', attributes(), [x, bias]),
  gradient: {
    inputsToSave: [],
    outputsToSave: [],
    backward: ([dy]) => ({ x: () => dy.clone(), bias: () => backward({ dy }, {})[0] }),
  },
});

const backward = nativeKernel<'dy', object>({
  name: 'FoveaBiasAddGrad',
  forward: ({ dy }) => nodeBackend().executeSingleOutput('BiasAddGrad', attributes(), [dy]),
  gradient: {
    inputsToSave: ['dy'],
    outputsToSave: [],
    backward: ([ddb], [dy]) => ({ dy: () => forward({ x: tf.zerosLike(dy), bias: ddb }, {})[0] }),
  },
});
