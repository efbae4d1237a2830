import { hasNativeOps, nodeBackend } from './backend.ts';
import { tf } from './tf.ts';
import type { Tensor } from '@tensorflow/tfjs';

/**
 * A tensor of a typed array, handed over at once; `tf.tensor` does so only when an op needs it.
 *
 * TensorFlow copies the values where the array's memory is not aligned as it wants, and reads from the array itself where it is: leave the
 * array as it is for as long as the tensor lives, or give a copy.
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
