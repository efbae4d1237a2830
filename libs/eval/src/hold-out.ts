import { fold, permutation, type Key } from '@fovea/random';
import type { LabelledFeatures } from './feature-splits.ts';
import { subset } from './subset.ts';

/**
 * Splits train into a part to fit and a held-out part to choose on, class by class, as a pure function of the key.
 *
 * Of each class `round(fraction x size)` rows are held out, at least one and never all.
 *
 * @param fraction - in (0, 1)
 * @throws Error when a class has one row only, so that it cannot be in both parts
 */
export function holdOut(
  data: LabelledFeatures,
  fraction: number,
  key: Key,
): { fit: LabelledFeatures; held: LabelledFeatures } {
  if (!(fraction > 0 && fraction < 1))
    throw new Error(`holdOut: fraction must lie in (0, 1), got ${fraction}.`);
  const rowsOf = new Map<number, number[]>();
  data.labels.forEach((label, row) => {
    const rows = rowsOf.get(label);
    if (rows) rows.push(row);
    else rowsOf.set(label, [row]);
  });
  const isHeld = new Uint8Array(data.labels.length);
  for (const [label, rows] of rowsOf) {
    if (rows.length < 2) {
      throw new Error(
        `holdOut: class ${label} has one sample; choosing on held-out rows needs at least two a class.`,
      );
    }
    const count = Math.min(rows.length - 1, Math.max(1, Math.round(fraction * rows.length)));
    for (const at of permutation(fold(key, label), rows.length).subarray(0, count)) isHeld[rows[at]] = 1;
  }
  const rowsWith = (value: number): Int32Array =>
    Int32Array.from(Array.from(isHeld.keys()).filter((row) => isHeld[row] === value));
  return { fit: subset(data, rowsWith(0)), held: subset(data, rowsWith(1)) };
}
