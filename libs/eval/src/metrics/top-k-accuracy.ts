import { checkLogits } from './classification-metrics.ts';

/**
 * Share of rows whose true class is among the k largest logits, in [0, 1].
 *
 * Of equal logits the lower class counts as the larger one, as in `classificationMetrics`; scikit-learn prefers the higher class here.
 *
 * @throws Error for NaN, labels out of range, k outside [1, C]
 */
export function topKAccuracy(
  logits: Float32Array | Float64Array,
  labels: Int32Array,
  classes: number,
  k: number,
): number {
  checkLogits(logits, labels, classes, 'topKAccuracy');
  if (!Number.isInteger(k) || k < 1 || k > classes) {
    throw new Error(`topKAccuracy: k must be an integer in [1, ${classes}], got ${k}.`);
  }
  let hits = 0;
  labels.forEach((label, row) => {
    const own = logits[row * classes + label];
    let ahead = 0;
    for (let other = 0; other < classes; other++) {
      const value = logits[row * classes + other];
      if (value > own || (value === own && other < label)) ahead++;
    }
    if (ahead < k) hits++;
  });
  return hits / labels.length;
}
