import { logSoftmax, tf, type Scalar, type Tensor2D } from '@fovea/tensorflow';
import { checkSameShape } from './helpers/check-same-shape.ts';
import { checkRange, resolveOptions, type Real } from './helpers/options.ts';
import { stopGradient } from './helpers/stop-gradient.ts';

export interface TwistSelfLabelOptions {
  /** A pseudo-label counts where its probability exceeds this; raised from 0.5 to 0.6 in the paper. Default 0.5. */
  readonly threshold?: Real;
  /** Weight each label by the inverse of its frequency among the confident ones. Default false. */
  readonly balanceClasses?: boolean;
}

const defaults = { threshold: 0.5 as Real, balanceClasses: false };

/**
 * Self-labelling stage of TWIST: the confident classes of one view are the labels of the other view.
 *
 *     y_i = argmax softmax(w_i),  confident where max softmax(w_i) > threshold
 *     L = sum over confident i of a(y_i) (-log softmax(s_i)_(y_i)) / sum over confident i of a(y_i)
 *
 * a = 1, or confident images / confident images of that class. Labels are constants. Without a confident image: 0, without a gradient.
 *
 * @param labelling_NK - logits w of the view that gives the labels [N, K]
 * @param learning_NK - logits s of the view that learns them
 * @throws Error for shapes that differ and a threshold outside [0, 1]
 *
 * Source: the authors' TWIST code, which takes the masked cross-entropy of SCAN (Van Gansbeke et al. 2020).
 *
 * @example
 * twistSelfLabel(tf.tensor2d([[9, 0], [0, 0.1]]), tf.zeros([2, 2]), { threshold: 0.9 }); // 0.6931 = log 2
 */
export function twistSelfLabel(
  labelling_NK: Tensor2D,
  learning_NK: Tensor2D,
  options: TwistSelfLabelOptions = {},
): Scalar {
  const { threshold, balanceClasses } = resolveOptions('twistSelfLabel', options, defaults);
  const { K } = checkSameShape('twistSelfLabel', ['N', 'K'], { labelling_NK, learning_NK });
  checkRange('twistSelfLabel', 'threshold', threshold, 0, 1);
  return tf.tidy(() => {
    const probabilities_NK = tf.softmax(stopGradient(labelling_NK));
    const confident_N1 = tf.cast(tf.greater(tf.max(probabilities_NK, 1, true), threshold), 'float32');
    const oneHot_NK = tf.cast(tf.oneHot(tf.argMax(probabilities_NK, 1), K), 'float32');
    const label_NK = tf.mul(oneHot_NK, confident_N1);
    const perClass_1K = tf.sum(label_NK, 0, true);
    const classWeight_1K = tf.div(tf.sum(perClass_1K), tf.maximum(perClass_1K, 1));
    const weight_NK = balanceClasses ? tf.mul(label_NK, classWeight_1K) : label_NK;
    const weighted = tf.sum(tf.mul(weight_NK, logSoftmax(learning_NK)));
    // The total weight is at least 1 where any image is confident.
    return tf.div(tf.neg(weighted), tf.maximum(tf.sum(weight_NK), 1)) as Scalar;
  });
}
