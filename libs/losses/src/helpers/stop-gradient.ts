import { tf, type Tensor } from '@fovea/tensorflow';

/**
 * The same values as a constant: a new tensor on the same memory that the gradient tape does not know.
 *
 * Costs nothing and cuts the backward pass, where a zero gradient would still be carried through it.
 *
 * @example
 * tf.grad((x) => tf.sum(tf.mul(x, stopGradient(x))))(tf.tensor1d([3])); // [3]: x, not 2x
 */
export function stopGradient<T extends Tensor>(x: T): T {
  const engine = tf.engine();
  engine.backend.incRef(x.dataId); // one more tensor shares the memory
  return engine.makeTensorFromTensorInfo({ dataId: x.dataId, shape: x.shape, dtype: x.dtype }) as T;
}
