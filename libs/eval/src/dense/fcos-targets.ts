/** One true object of an image. */
export interface DetectionObject {
  /** (x0, y0, x1, y1) in pixels, x1 and y1 exclusive. */
  readonly box: readonly [number, number, number, number];
  readonly label: number;
  /** Crowds and difficult objects: no target, and left out of the score. */
  readonly ignore?: boolean;
}

/** What each cell of a map should say. */
export interface FcosTargets {
  /** [B, h*w], class or -1. */
  readonly labels: Int32Array;
  /** [B, h*w, 4], distances to left, top, right, bottom in cells; 0 where there is no object. */
  readonly distances: Float32Array;
  /** [B, h*w] */
  readonly centreness: Float32Array;
}

const RADIUS = 1.5; // cells around an object's centre that may claim it

/**
 * FCOS targets on one map: a cell belongs to the smallest box that holds its centre and whose own centre lies within 1.5 cells (centre sampling).
 *
 * `centreness = sqrt(min(l, r) / max(l, r) * min(t, b) / max(t, b))`. An object that no cell claims, being too small, gets the cell that its centre lies in.
 *
 * @param stride - pixels a cell
 */
export function fcosTargets(
  objects: readonly (readonly DetectionObject[])[],
  rows: number,
  columns: number,
  stride: number,
): FcosTargets {
  const cells = rows * columns;
  const labels = new Int32Array(objects.length * cells).fill(-1);
  const distances = new Float32Array(labels.length * 4);
  const centreness = new Float32Array(labels.length);
  objects.forEach((list, image) => {
    // From large to small, so that the smallest object writes last.
    const area = ({ box: [x0, y0, x1, y1] }: DetectionObject): number => (x1 - x0) * (y1 - y0);
    const real = list.filter(({ ignore }) => ignore !== true).sort((a, b) => area(b) - area(a));
    for (const { box, label } of real) {
      const [x0, y0, x1, y1] = box;
      const [middleX, middleY] = [(x0 + x1) / 2, (y0 + y1) / 2];
      const own = { row: clamp(middleY / stride, rows), column: clamp(middleX / stride, columns) };
      for (let cell = 0; cell < cells; cell++) {
        const [row, column] = [Math.floor(cell / columns), cell % columns];
        const [x, y] = [(column + 0.5) * stride, (row + 0.5) * stride];
        const sides = [x - x0, y - y0, x1 - x, y1 - y];
        const near = Math.max(Math.abs(x - middleX), Math.abs(y - middleY)) < RADIUS * stride;
        const isOwn = row === own.row && column === own.column;
        if (!(near && Math.min(...sides) > 0) && !isOwn) continue;
        const [l, t, r, b] = sides.map((side) => Math.max(side, 0.5) / stride);
        const at = image * cells + cell;
        labels[at] = label;
        distances.set([l, t, r, b], 4 * at);
        centreness[at] = Math.sqrt(((Math.min(l, r) / Math.max(l, r)) * Math.min(t, b)) / Math.max(t, b));
      }
    }
  });
  return { labels, distances, centreness };
}

function clamp(value: number, size: number): number {
  return Math.min(size - 1, Math.max(0, Math.floor(value)));
}
