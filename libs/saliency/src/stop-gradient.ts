import { tf, type Tensor } from '@fovea/tensorflow';

/** The same values, constant to every gradient. */
export function stopGradient<T extends Tensor>(x: T): T {
  return constantOf(x, (value) => value.clone()) as T;
}

/**
 * A function of a tensor, constant to every gradient; its ops may be ones that have none, comparisons say.
 *
 * The result must be of type float32 where a gradient passes by.
 */
export function constantOf(x: Tensor, compute: (x: Tensor) => Tensor): Tensor {
  return tf.customGrad((input) => {
    const { shape } = input as Tensor;
    return { value: compute(input as Tensor), gradFunc: () => tf.zeros(shape) };
  })(x);
}
