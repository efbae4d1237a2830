/** A mask as lengths of runs of equal pixels, the first one outside of it; rows one after the other. */
export type MaskRuns = readonly number[];

/**
 * Run lengths of a mask: what is kept of many masks of large images.
 *
 * @param mask - row after row, above 0 inside
 *
 * @example
 * maskRuns([0, 0, 1, 1, 1, 0]); // [2, 3, 1]
 */
export function maskRuns(mask: ArrayLike<number>): MaskRuns {
  const runs: number[] = [];
  let inside = false;
  let start = 0;
  for (let at = 0; at <= mask.length; at++) {
    if (at < mask.length && mask[at] > 0 === inside) continue;
    runs.push(at - start);
    start = at;
    inside = !inside;
  }
  return runs;
}

/** Intersection over union of two masks of one size; 0 where they do not meet. */
export function runsIou(a: MaskRuns, b: MaskRuns): number {
  let [i, j, both] = [0, 0, 0];
  let [restA, restB] = [a[0] ?? 0, b[0] ?? 0];
  while (i < a.length && j < b.length) {
    const step = Math.min(restA, restB);
    if (i % 2 === 1 && j % 2 === 1) both += step;
    restA -= step;
    restB -= step;
    if (restA === 0) restA = a[++i] ?? 0;
    if (restB === 0) restB = b[++j] ?? 0;
  }
  return both === 0 ? 0 : both / (runsArea(a) + runsArea(b) - both);
}

/** Pixels inside. */
export function runsArea(runs: MaskRuns): number {
  return runs.reduce((sum, run, at) => (at % 2 === 1 ? sum + run : sum), 0);
}
