import { tf, type Scalar, type Tensor3D } from '@fovea/tensorflow';

/**
 * Cross-entropy between the target of each assigned view and the prediction of every other view, averaged over all such pairs and images.
 *
 *     1/A sum over a of 1/(V-1) sum over v != view(a) of 1/B sum over i of -sum over k of target[a,i,k] logProbability[v,i,k]
 *
 * @param target_ABK - distributions, constant
 * @param logProbability_VBK - V >= 2
 * @param views - the view that each target belongs to, A different numbers below V
 */
export function crossViewCrossEntropy(
  target_ABK: Tensor3D,
  logProbability_VBK: Tensor3D,
  views: readonly number[],
): Scalar {
  const [V, B] = logProbability_VBK.shape;
  const all_1BK = tf.sum(target_ABK, 0, true);
  const targets = tf.split(target_ABK, views.length);
  // The weight of a view's log-probabilities is the sum of all targets but its own: one product instead of one a pair.
  const weight_VBK = tf.concat(
    Array.from({ length: V }, (_, view) => {
      const own = views.indexOf(view);
      return own < 0 ? all_1BK : tf.sub(all_1BK, targets[own]);
    }),
  );
  return tf.div(tf.sum(tf.mul(weight_VBK, logProbability_VBK)), -views.length * (V - 1) * B) as Scalar;
}
