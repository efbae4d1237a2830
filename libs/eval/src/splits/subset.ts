import type { LabelledFeatures } from './feature-splits.ts';

/**
 * The given rows in the given order, copied: a 1 % label split, one few-shot episode, one fold.
 *
 * @throws Error for a row that does not exist
 */
export function subset({ features, labels }: LabelledFeatures, rows: Int32Array): LabelledFeatures {
  const D = features.length / labels.length;
  const chosen = new Float32Array(rows.length * D);
  rows.forEach((row, at) => {
    if (row < 0 || row >= labels.length)
      throw new Error(`subset: row ${row} is not one of ${labels.length}.`);
    chosen.set(features.subarray(row * D, (row + 1) * D), at * D);
  });
  return { features: chosen, labels: rows.map((row) => labels[row]) };
}
