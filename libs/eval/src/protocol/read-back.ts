import { tf, type Tensor } from '@fovea/tensorflow';

/**
 * The values of the tensors that a function makes; all its tensors are disposed of.
 *
 * Arrays must not be returned through `tf.tidy`: it looks at each of their entries for a tensor to keep, a microsecond a number.
 *
 * @example
 * const [sums] = readBack<Float32Array>(() => [tf.sum(x, 0)]);
 */
export function readBack<T extends Float32Array | Int32Array>(make: () => readonly Tensor[]): T[] {
  const tensors = tf.tidy(() => [...make()]);
  try {
    return tensors.map((tensor) => tensor.dataSync() as T);
  } finally {
    tf.dispose(tensors);
  }
}
