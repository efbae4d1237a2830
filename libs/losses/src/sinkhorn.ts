import { checkShape, tf, type Tensor2D } from '@fovea/tensorflow';
import { logNormalizeAll, logNormalizeColumns, logNormalizeRows } from './helpers/log-normalize.ts';
import { checkPositive, checkWhole, resolveOptions, type Real } from './helpers/options.ts';
import { stopGradient } from './helpers/stop-gradient.ts';

export interface SinkhornOptions {
  /** Entropy weight: scores are divided by it. Default 0.05. */
  readonly epsilon?: Real;
  /** Pairs of normalisations; 0 leaves one softmax over the whole matrix, times B. Default 3. */
  readonly iterations?: number;
}

const defaults: Required<SinkhornOptions> = { epsilon: 0.05, iterations: 3 };

/**
 * Balanced soft assignments of B samples to K prototypes (Sinkhorn-Knopp), in the log domain; no gradient.
 *
 *     Q = exp(S / eps) / total;  iterations x ( prototypes to mass 1/K, then samples to mass 1/B );  times B
 *
 * With one iteration or more each row sums to 1 exactly, while columns are only nearly balanced: the last step is on rows.
 *
 * @param scores_BK - scores of samples and prototypes [B, K]
 * @returns codes [B, K], constant
 * @throws Error when the scores are not a matrix or an option is out of range
 *
 * Source: Caron et al. 2020 (SwAV), section 3.1. Difference: logarithms throughout, so nothing over- or underflows.
 *
 * @example
 * sinkhorn(tf.tensor2d([[1, 0], [1, 0]])); // [[0.5, 0.5], [0.5, 0.5]]
 */
export function sinkhorn(scores_BK: Tensor2D, options: SinkhornOptions = {}): Tensor2D {
  const { epsilon, iterations } = resolveOptions('sinkhorn', options, defaults);
  const { B } = checkShape(scores_BK, ['B', 'K'], 'sinkhorn: scores_BK');
  checkPositive('sinkhorn', 'epsilon', epsilon);
  checkWhole('sinkhorn', 'iterations', iterations, 0);
  return tf.tidy(() => {
    const logScores_BK = tf.div(stopGradient(scores_BK), epsilon) as Tensor2D;
    if (iterations === 0) return tf.mul(tf.exp(logNormalizeAll(logScores_BK)), B) as Tensor2D;
    return tf.exp(balanceColumnsThenRows(logScores_BK, iterations));
  });
}

/**
 * Logarithms of a matrix whose columns, then rows, are scaled to sum 1, `iterations` times; the rows are exact at the end.
 *
 * Scaling columns to 1 instead of to a mass such as 1/K changes nothing, because the row step that follows removes any common factor.
 */
export function balanceColumnsThenRows(logScores: Tensor2D, iterations: number): Tensor2D {
  let balanced = logScores;
  for (let iteration = 0; iteration < iterations; iteration++) {
    balanced = logNormalizeRows(logNormalizeColumns(balanced));
  }
  return balanced;
}
