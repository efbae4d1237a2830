import { checkShape, l2Normalize, tf, type Tensor2D } from '@fovea/tensorflow';
import { stopGradient } from './helpers/stop-gradient.ts';

/**
 * The queue after a step: its oldest rows leave, the keys enter at the end, of unit length; no gradient.
 *
 * @param queue_KD - [K, D], oldest row first
 * @param keys_ND - [N, D], normalised inside; of more than K keys the last K stay
 * @returns [K, D], a new tensor
 * @throws Error when the widths differ
 *
 * Source: He et al. 2020. Difference: a moving window instead of a write pointer, so K need not be divisible by N.
 *
 * @example
 * enqueue(tf.tensor2d([[1, 0], [0, 1]]), tf.tensor2d([[0, -2]])); // [[0, 1], [0, -1]]
 */
export function enqueue(queue_KD: Tensor2D, keys_ND: Tensor2D): Tensor2D {
  const { K, D } = checkShape(queue_KD, ['K', 'D'], 'enqueue: queue_KD');
  const { N } = checkShape(keys_ND, ['N', D], 'enqueue: keys_ND');
  return tf.tidy(() => {
    const all = tf.concat([stopGradient(queue_KD), l2Normalize(stopGradient(keys_ND))]);
    return tf.slice(all, [N, 0], [K, D]);
  });
}
