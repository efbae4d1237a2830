import { hasNativeOps, nodeBackend } from './backend.ts';
import { tf } from './tf.ts';
import type { Tensor } from '@tensorflow/tfjs';

/**
 * A tensor of a typed array whose values are copied at once, so that the array may be filled anew right away; `tf.tensor` may read it
 * only when an op needs it.
 *
 * @example
 * const batch = upload(buffer, [32, 32, 32, 3]);
 */
export function upload(data: Float32Array | Int32Array, shape: readonly number[]): Tensor {
  const dtype = data instanceof Int32Array ? 'int32' : 'float32';
  if (!hasNativeOps()) return tf.tensor(data.slice(), [...shape], dtype);
  const tensor = tf.tensor(data, [...shape], dtype);
  nodeBackend().getInputTensorIds([tensor]);
  return tensor;
}
