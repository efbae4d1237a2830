import { tf, type Tensor } from '@fovea/tensorflow';

const identityWithoutGradient = tf.customGrad((x) => {
  const value = (x as Tensor).clone();
  return { value, gradFunc: () => tf.zeros(value.shape) };
});

/** The same values, constant to every gradient. */
export function stopGradient<T extends Tensor>(x: T): T {
  return identityWithoutGradient(x) as T;
}
