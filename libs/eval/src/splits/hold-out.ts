import { fold, permutation, type Key } from '@fovea/random';
import type { LabelledFeatures } from './feature-splits.ts';
import { subset } from './subset.ts';

/** What of train is held out to choose on: a fraction of each class in (0, 1), or the rows themselves, such as a committed validation list. */
export type HoldOut = number | Int32Array;

/**
 * Splits train into a part to fit and a held-out part to choose on, class by class, as a pure function of the key.
 *
 * Of each class `round(fraction x size)` rows are held out, at least one and never all.
 *
 * @param which - fraction in (0, 1), or the rows to hold out
 * @throws Error when a class has one row only, so that it cannot be in both parts; for rows that repeat or do not exist
 */
export function holdOut(
  data: LabelledFeatures,
  which: HoldOut,
  key: Key,
): { fit: LabelledFeatures; held: LabelledFeatures } {
  const { fit, held } = holdOutRows(data.labels, which, key);
  return { fit: subset(data, fit), held: subset(data, held) };
}

/** The rows of the two parts, each in rising order. */
export function holdOutRows(
  labels: Int32Array,
  which: HoldOut,
  key: Key,
): { fit: Int32Array; held: Int32Array } {
  const isHeld = typeof which === 'number' ? drawn(labels, which, key) : given(labels, which);
  const rowsWith = (value: number): Int32Array =>
    Int32Array.from(Array.from(isHeld.keys()).filter((row) => isHeld[row] === value));
  return { fit: rowsWith(0), held: rowsWith(1) };
}

function drawn(labels: Int32Array, fraction: number, key: Key): Uint8Array {
  if (!(fraction > 0 && fraction < 1))
    throw new Error(`holdOut: fraction must lie in (0, 1), got ${fraction}.`);
  const isHeld = new Uint8Array(labels.length);
  for (const [label, rows] of rowsByClass(labels)) {
    if (rows.length < 2) {
      throw new Error(
        `holdOut: class ${label} has one sample; choosing on held-out rows needs at least two a class.`,
      );
    }
    const count = Math.min(rows.length - 1, Math.max(1, Math.round(fraction * rows.length)));
    for (const at of permutation(fold(key, label), rows.length).subarray(0, count)) isHeld[rows[at]] = 1;
  }
  return isHeld;
}

function given(labels: Int32Array, rows: Int32Array): Uint8Array {
  const isHeld = new Uint8Array(labels.length);
  for (const row of rows) {
    if (!(row in isHeld) || isHeld[row] === 1) {
      throw new Error(`holdOut: row ${row} repeats or is not one of the ${labels.length} train rows.`);
    }
    isHeld[row] = 1;
  }
  for (const [label, all] of rowsByClass(labels)) {
    if (all.every((row) => isHeld[row] === 1)) {
      throw new Error(`holdOut: all rows of class ${label} are held out; none is left to fit.`);
    }
  }
  if (rows.length === 0) throw new Error('holdOut: there is no row to choose on.');
  return isHeld;
}

function rowsByClass(labels: Int32Array): Map<number, number[]> {
  const rowsOf = new Map<number, number[]>();
  labels.forEach((label, row) => {
    const rows = rowsOf.get(label);
    if (rows) rows.push(row);
    else rowsOf.set(label, [row]);
  });
  return rowsOf;
}
