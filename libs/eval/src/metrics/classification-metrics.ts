import { argMaxRows } from '../probes/linear-scores.ts';
import { checkMatrix } from '../splits/feature-splits.ts';

export interface ClassificationMetrics {
  /** [N], the class with the largest logit, the lower one on a tie. */
  readonly predictions: Int32Array;
  /** [C, C], rows are true classes, columns predicted ones. */
  readonly confusion: Int32Array;
  /** Share of right predictions, in [0, 1]. */
  readonly top1: number;
  /** Mean recall over the classes that occur in the labels. */
  readonly balancedAccuracy: number;
  /** Mean F1 over the classes that occur in labels or predictions. */
  readonly macroF1: number;
}

/**
 * Accuracy, confusion matrix, balanced accuracy and macro F1 from logits.
 *
 * @param logits - [N, C] row-major; only their order matters
 * @param labels - [N] in [0, C)
 * @throws Error for NaN (with its row) and labels out of range
 */
export function classificationMetrics(
  logits: Float32Array | Float64Array,
  labels: Int32Array,
  classes: number,
): ClassificationMetrics {
  checkLogits(logits, labels, classes, 'classificationMetrics');
  const predictions = argMaxRows(logits, classes);
  const confusion = new Int32Array(classes * classes);
  labels.forEach((label, row) => confusion[label * classes + predictions[row]]++);
  const recalls: number[] = [];
  const scores: number[] = [];
  let hits = 0;
  for (let label = 0; label < classes; label++) {
    const right = confusion[label * classes + label];
    let [actual, predicted] = [0, 0];
    for (let other = 0; other < classes; other++) {
      actual += confusion[label * classes + other];
      predicted += confusion[other * classes + label];
    }
    hits += right;
    if (actual > 0) recalls.push(right / actual);
    if (actual + predicted > 0) scores.push((2 * right) / (actual + predicted));
  }
  return {
    predictions,
    confusion,
    top1: hits / labels.length,
    balancedAccuracy: average(recalls),
    macroF1: average(scores),
  };
}

/** Refuses logits that are not [N, C] finite numbers and labels outside [0, C). */
export function checkLogits(
  logits: Float32Array | Float64Array,
  labels: Int32Array,
  classes: number,
  where: string,
): void {
  const columns = checkMatrix(logits, labels.length, `${where}: logits`);
  if (columns !== classes)
    throw new Error(`${where}: logits have ${columns} columns, classes is ${classes}.`);
  labels.forEach((label, row) => {
    if (label < 0 || label >= classes) {
      throw new Error(`${where}: row ${row} has label ${label}; labels must lie in [0, ${classes}).`);
    }
  });
}

function average(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
