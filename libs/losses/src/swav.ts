import { checkShape, logSoftmax, tf, type Scalar, type Tensor2D, type Tensor3D } from '@fovea/tensorflow';
import { crossViewCrossEntropy } from './helpers/cross-view-cross-entropy.ts';
import { checkPositive, checkWhole, resolveOptions, type Real } from './helpers/options.ts';
import { sinkhorn } from './sinkhorn.ts';

export interface SwavOptions {
  /** Softmax temperature of the predictions. Default 0.1. */
  readonly temperature?: Real;
  /** Entropy weight of the codes, as in `sinkhorn`. */
  readonly epsilon?: Real;
  /** As in `sinkhorn`. */
  readonly iterations?: number;
  /** Views that codes are computed from. Default the first two. */
  readonly assignViews?: readonly number[];
}

const defaults = {
  temperature: 0.1 as Real,
  epsilon: undefined as Real | undefined,
  iterations: undefined as number | undefined,
  assignViews: [0, 1] as readonly number[],
};

/**
 * SwAV: the balanced code of one view is predicted from every other view.
 *
 *     L = mean over assigned views a of mean over views v != a of mean over images of -sum over k of sinkhorn(S_a)_k log softmax(S_v / T)_k
 *
 * Codes are constants. All embeddings equal (collapse): log K. Scores are cosines of projections and prototypes; normalise the prototypes
 * (`l2Normalize` of @fovea/tensorflow) before each step.
 *
 * @param scores_VBK - scores of all views against K prototypes [V, B, K], V >= 2
 * @param queueScores_AQK - scores of Q earlier features of each assigned view [A, Q, K]; they take part in the balancing only
 * @throws Error for shapes that do not fit and options out of range
 *
 * Source: Caron et al. 2020, equations 1 to 5, and the authors' code (queue in front of the batch).
 *
 * @example
 * swav(tf.ones([2, 4, 8])); // 2.0794 = log 8
 */
export function swav(
  scores_VBK: Tensor3D,
  queueScores_AQK: Tensor3D | null = null,
  options: SwavOptions = {},
): Scalar {
  const { temperature, assignViews } = resolveOptions('swav', options, defaults);
  checkPositive('swav', 'temperature', temperature);
  return tf.tidy(() => {
    const codes_ABK = swavCodes(scores_VBK, queueScores_AQK, options);
    const logPredictions_VBK = logSoftmax(tf.div(scores_VBK, temperature) as Tensor3D);
    return crossViewCrossEntropy(codes_ABK, logPredictions_VBK, assignViews);
  });
}

/** The codes that `swav` predicts, [A, B, K]: constant, each row sums to 1. Arguments as for `swav`. */
export function swavCodes(
  scores_VBK: Tensor3D,
  queueScores_AQK: Tensor3D | null = null,
  options: SwavOptions = {},
): Tensor3D {
  const { epsilon, iterations, assignViews } = resolveOptions('swav', options, defaults);
  const { V, B, K } = checkShape(scores_VBK, ['V', 'B', 'K'], 'swav: scores_VBK');
  if (V < 2) throw new Error(`swav: scores_VBK must hold at least 2 views, got shape [${V}, ${B}, ${K}].`);
  const A = assignViews.length;
  if (A === 0 || new Set(assignViews).size < A) {
    throw new Error(
      `swav: assignViews must name at least one view, each once, got [${assignViews.join(', ')}].`,
    );
  }
  for (const view of assignViews) checkWhole('swav', 'assignViews', view, 0, V - 1);
  const Q = queueScores_AQK ? checkShape(queueScores_AQK, [A, 'Q', K], 'swav: queueScores_AQK').Q : 0;
  return tf.tidy(() => {
    const codes = assignViews.map((view, place) => {
      const scores_BK = tf.reshape(tf.slice(scores_VBK, [view, 0, 0], [1, B, K]), [B, K]) as Tensor2D;
      if (!queueScores_AQK) return sinkhorn(scores_BK, { epsilon, iterations });
      const queue_QK = tf.reshape(tf.slice(queueScores_AQK, [place, 0, 0], [1, Q, K]), [Q, K]) as Tensor2D;
      const codes_SK = sinkhorn(tf.concat([queue_QK, scores_BK]), { epsilon, iterations });
      return tf.slice(codes_SK, [Q, 0], [B, K]);
    });
    return tf.stack(codes) as Tensor3D;
  });
}
