// Passes over a view. The first renders rows from a band of the source; the second follows where an operation needs the mean of the whole
// image (contrast); the third blurs.
import { blurRow, fetchRow, keepRow } from './blur';
import { adjust, sumGrey } from './colour';
import { finishRow } from './finish';
import { Field, int } from './plan';
import { blendAcross, blendDown, copyRow } from './resize';

/** Rows [from, to); returns the sum of their grey values where the plan asks for it. */
export function firstPass(from: i32, to: i32): f64 {
  const before = int(Field.opsBefore);
  const sums = int(Field.sumsGrey) != 0;
  const keeps = int(Field.keepsFirst) != 0;
  const copies = int(Field.copies) != 0;
  let sum: f64 = 0;
  for (let y = from; y < to; y++) {
    if (copies) copyRow(y);
    else {
      blendDown(y);
      blendAcross();
    }
    if (before > 0) adjust(0, before);
    if (sums) sum += sumGrey();
    if (keeps) keepRow(y);
    else finishRow(y);
  }
  return sum;
}

/** Operations that follow the mean. */
export function secondPass(): void {
  const before = int(Field.opsBefore);
  const after = before + int(Field.opsAfter);
  const keeps = int(Field.keepsSecond) != 0;
  const height = int(Field.height);
  for (let y = 0; y < height; y++) {
    fetchRow(y);
    adjust(before, after);
    if (keeps) keepRow(y);
    else finishRow(y);
  }
}

/** Blur of the whole view. */
export function blurPass(): void {
  const height = int(Field.height);
  for (let y = 0; y < height; y++) {
    blurRow(y);
    finishRow(y);
  }
}
