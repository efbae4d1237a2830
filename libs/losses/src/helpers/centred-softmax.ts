import { tf, type Tensor, type Tensor1D } from '@fovea/tensorflow';
import type { Real } from './options.ts';
import { stopGradient } from './stop-gradient.ts';

/** softmax((teacher - centre) / T) over the last axis, constant. */
export function centredSoftmax<T extends Tensor>(teacher: T, center_K: Tensor1D, temperature: Real): T {
  const logits = tf.div(tf.sub(stopGradient(teacher), stopGradient(center_K)), temperature);
  return tf.softmax(logits) as T;
}
