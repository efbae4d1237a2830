/** Boxes one after another, (x0, y0, x1, y1) each with x1 >= x0 and y1 >= y0; area is (x1 - x0)(y1 - y0). */
export type Boxes = ArrayLike<number>;

/** [n, m] intersection over union of every box of a with every box of b; 0 where both are points. */
export function boxIou(a: Boxes, b: Boxes): Float64Array {
  return pairwise(a, b, 'boxIou', (overlap, union) => (union > 0 ? overlap / union : 0));
}

/** [n, m] generalised IoU (Rezatofighi et al. 2019): IoU - (hull - union) / hull, in (-1, 1]. */
export function generalizedBoxIou(a: Boxes, b: Boxes): Float64Array {
  return pairwise(a, b, 'generalizedBoxIou', (overlap, union, hull) =>
    hull > 0 ? (union > 0 ? overlap / union : 0) - (hull - union) / hull : 0,
  );
}

/** Refuses boxes that are not quadruples of finite numbers with x1 >= x0 and y1 >= y0; returns their number. */
export function checkBoxes(boxes: Boxes, where: string): number {
  const n = boxes.length / 4;
  if (!Number.isInteger(n)) throw new Error(`${where}: ${boxes.length} numbers are not boxes of 4.`);
  for (let box = 0; box < n; box++) {
    const [x0, y0, x1, y1] = [0, 1, 2, 3].map((at) => boxes[4 * box + at]);
    if (!(Number.isFinite(x0 + y0 + x1 + y1) && x1 >= x0 && y1 >= y0)) {
      throw new Error(
        `${where}: box ${box} is (${x0}, ${y0}, ${x1}, ${y1}); it must be finite with x1 >= x0, y1 >= y0.`,
      );
    }
  }
  return n;
}

function pairwise(
  a: Boxes,
  b: Boxes,
  where: string,
  value: (overlap: number, union: number, hull: number) => number,
): Float64Array {
  const [n, m] = [checkBoxes(a, `${where}: a`), checkBoxes(b, `${where}: b`)];
  const result = new Float64Array(n * m);
  for (let i = 0; i < n; i++) {
    const [ax0, ay0, ax1, ay1] = [a[4 * i], a[4 * i + 1], a[4 * i + 2], a[4 * i + 3]];
    for (let j = 0; j < m; j++) {
      const [bx0, by0, bx1, by1] = [b[4 * j], b[4 * j + 1], b[4 * j + 2], b[4 * j + 3]];
      const overlap =
        Math.max(0, Math.min(ax1, bx1) - Math.max(ax0, bx0)) *
        Math.max(0, Math.min(ay1, by1) - Math.max(ay0, by0));
      const union = (ax1 - ax0) * (ay1 - ay0) + (bx1 - bx0) * (by1 - by0) - overlap;
      const hull = (Math.max(ax1, bx1) - Math.min(ax0, bx0)) * (Math.max(ay1, by1) - Math.min(ay0, by0));
      result[i * m + j] = value(overlap, union, hull);
    }
  }
  return result;
}
