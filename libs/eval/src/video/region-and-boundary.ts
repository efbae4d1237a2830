const BOUND = 0.008; // of the diagonal: how far apart two boundaries may lie, DAVIS

/** One object in one frame, 0 or 1 a pixel. */
export interface MaskPair {
  readonly prediction: Uint8Array;
  readonly truth: Uint8Array;
  readonly height: number;
  readonly width: number;
}

/** DAVIS J: intersection over union of two masks; 1 when both are empty. */
export function regionSimilarity({ prediction, truth, height, width }: MaskPair): number {
  check({ prediction, truth, height, width }, 'regionSimilarity');
  let [both, either] = [0, 0];
  prediction.forEach((value, at) => {
    both += value & truth[at];
    either += value | truth[at];
  });
  return either === 0 ? 1 : both / either;
}

/**
 * DAVIS F: F-measure of the boundaries, which match within `ceil(0.008 x diagonal)` pixels (a disk).
 *
 * A boundary pixel differs from its right, lower or lower-right neighbour. No boundary at all on both sides gives 1.
 *
 * @see davis2017-evaluation, f_measure
 */
export function boundaryMeasure(pair: MaskPair): number {
  check(pair, 'boundaryMeasure');
  const { height, width } = pair;
  const radius = Math.ceil(BOUND * Math.hypot(height, width));
  const [found, real] = [pair.prediction, pair.truth].map((mask) => boundary(mask, height, width));
  const count = (mask: Uint8Array): number => mask.reduce((sum, value) => sum + value, 0);
  const [nFound, nReal] = [count(found), count(real)];
  const hits = (mask: Uint8Array, other: Uint8Array): number => {
    const near = dilated(other, height, width, radius);
    return count(mask.map((value, at) => value & near[at]));
  };
  const precision = nFound === 0 ? 1 : nReal === 0 ? 0 : hits(found, real) / nFound;
  const recall = nReal === 0 ? 1 : nFound === 0 ? 0 : hits(real, found) / nReal;
  return precision + recall === 0 ? 0 : (2 * precision * recall) / (precision + recall);
}

/**
 * DAVIS J&F of one object over a video: means over frames of J and of F, first and last frame left out, and the mean of the two.
 *
 * @throws Error for fewer than three frames
 */
export function regionAndBoundary(frames: readonly MaskPair[]): {
  readonly J: number;
  readonly F: number;
  readonly JF: number;
} {
  if (frames.length < 3) throw new Error(`regionAndBoundary: needs at least 3 frames, got ${frames.length}.`);
  const inner = frames.slice(1, -1);
  const mean = (values: readonly number[]): number =>
    values.reduce((sum, value) => sum + value, 0) / values.length;
  const [J, F] = [mean(inner.map(regionSimilarity)), mean(inner.map(boundaryMeasure))];
  return { J, F, JF: (J + F) / 2 };
}

function boundary(mask: Uint8Array, height: number, width: number): Uint8Array {
  const at = (row: number, column: number): number =>
    mask[Math.min(row, height - 1) * width + Math.min(column, width - 1)]; // beyond the border as at the border
  return Uint8Array.from(mask, (value, pixel) => {
    const [row, column] = [Math.floor(pixel / width), pixel % width];
    return (value ^ at(row, column + 1)) | (value ^ at(row + 1, column)) | (value ^ at(row + 1, column + 1));
  });
}

function dilated(mask: Uint8Array, height: number, width: number, radius: number): Uint8Array {
  const result = new Uint8Array(mask.length);
  mask.forEach((value, pixel) => {
    if (value === 0) return;
    const [row, column] = [Math.floor(pixel / width), pixel % width];
    for (let y = Math.max(0, row - radius); y <= Math.min(height - 1, row + radius); y++) {
      const reach = Math.floor(Math.sqrt(radius ** 2 - (y - row) ** 2));
      result.fill(
        1,
        y * width + Math.max(0, column - reach),
        y * width + Math.min(width - 1, column + reach) + 1,
      );
    }
  });
  return result;
}

function check({ prediction, truth, height, width }: MaskPair, where: string): void {
  const size = height * width;
  if (size === 0 || prediction.length !== size || truth.length !== size) {
    throw new Error(
      `${where}: masks have ${prediction.length} and ${truth.length} pixels, both must be ${height} x ${width}.`,
    );
  }
  const bad = [prediction, truth].some((mask) => mask.some((value) => value > 1));
  if (bad) throw new Error(`${where}: masks hold 0 and 1 alone, one object at a time.`);
}
