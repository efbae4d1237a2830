import { checkLabelled, type LabelledFeatures } from '../splits/feature-splits.ts';
import { lbfgs } from './lbfgs.ts';
import { softmaxObjective } from './softmax-objective.ts';

export interface LogisticRegressionOptions {
  /** Weight of the data against the penalty, > 0 (the inverse of the penalty's strength, as in scikit-learn). */
  readonly C: number;
  /**
   * `float64`: exact typed-array arithmetic. `float32`: TensorFlow products, tens of times faster, optimum to about 1e-4 of the
   * largest weight.
   */
  readonly precision: 'float64' | 'float32';
}

/** Multinomial logistic regression: a linear classifier. */
export interface LinearClassifier {
  /** [C, D] */
  readonly W: Float64Array;
  /** [C] */
  readonly bias: Float64Array;
}

export interface LogisticRegressionResult extends LinearClassifier {
  /** 0.5 |W|^2 + C sum of cross-entropies, at the optimum. */
  readonly objective: number;
  readonly iterations: number;
}

/**
 * Multinomial logistic regression with an l2 penalty, to the optimum, by full-batch L-BFGS from zero.
 *
 * `minimise 0.5 |W|^2 + C sum_i (logsumexp(W x_i + b) - (W x_i + b)[y_i])`; the bias carries no penalty and is returned with sum 0, which makes the
 * optimum unique. Two classes use the same two-row form. No seed: the result is a function of the data alone.
 *
 * @param train - [N, D] features and [N] labels; every class must occur
 * @throws Error for NaN, an absent class (its bias would run to minus infinity), C that is not > 0, or no convergence
 * @see scikit-learn LogisticRegression; checked against its optimum at tol 1e-12
 *
 * @example
 * const data = { features: Float32Array.of(-1, 1), labels: Int32Array.of(0, 1) };
 * logisticRegression(data, 2, { C: 1, precision: 'float64' }).W; // [-0.36…, 0.36…]
 */
export function logisticRegression(
  train: LabelledFeatures,
  classes: number,
  options: LogisticRegressionOptions,
): LogisticRegressionResult {
  const { N, D } = checkLabelled(train, classes, 'logisticRegression: train');
  const { C, precision } = options;
  if (!(C > 0 && Number.isFinite(C))) throw new Error(`logisticRegression: C must be > 0, got ${C}.`);
  const absent = Array.from({ length: classes }, (_, label) => label).find(
    (label) => !train.labels.includes(label),
  );
  if (absent !== undefined) {
    throw new Error(
      `logisticRegression: class ${absent} of ${classes} has no sample, so its bias has no finite optimum; renumber the labels.`,
    );
  }

  const objective = softmaxObjective(train, classes, C, precision);
  // Relative to the gradient's own scale: N samples, each of it weighted by C.
  const tolerance = (precision === 'float64' ? 1e-10 : 1e-7) * Math.max(1, C * N);
  const start = new Float64Array(classes * (D + 1));
  const found = lbfgs(objective.evaluate, start, {
    tolerance,
    maxIterations: 5000,
    noise: precision === 'float64' ? 1e-14 : 1e-6,
  });
  objective.dispose();
  // Rounding can end the descent short of the tolerance; a mean gradient of 1e-5 is still ten times below scikit-learn's default.
  if (!found.converged && !(found.gradientNorm <= 1e-5 * Math.max(1, C * N))) {
    throw new Error(
      `logisticRegression: stopped after ${found.iterations} steps with gradient ${found.gradientNorm}; standardise the features or lower C.`,
    );
  }
  const W = found.point.slice(0, classes * D);
  const bias = found.point.slice(classes * D);
  const mean = bias.reduce((sum, value) => sum + value, 0) / classes;
  return { W, bias: bias.map((value) => value - mean), objective: found.value, iterations: found.iterations };
}
