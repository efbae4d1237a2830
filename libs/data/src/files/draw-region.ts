/** Where a region is drawn. */
export interface RegionTarget {
  readonly data: Uint8Array; // [H, W]
  readonly height: number;
  readonly width: number;
  readonly value: number;
}

/** COCO's run lengths: column by column, background first; as numbers or packed into text. */
export interface RunLengths {
  readonly size: readonly [height: number, width: number];
  readonly counts: readonly number[] | string;
}

/**
 * Fills polygons, given as [x0, y0, x1, y1, …] in pixels, by the even-odd rule at pixel centres. Parts of one object are filled one after another, so they unite.
 */
export function drawPolygon(
  parts: readonly (readonly number[])[],
  { data, height, width, value }: RegionTarget,
): void {
  for (const part of parts) {
    for (let y = 0; y < height; y++) {
      const crossings: number[] = [];
      for (let i = 0, j = part.length - 2; i < part.length; j = i, i += 2) {
        const [y0, y1] = [part[j + 1], part[i + 1]];
        if (y0 > y + 0.5 === y1 > y + 0.5) continue;
        crossings.push(part[j] + ((y + 0.5 - y0) / (y1 - y0)) * (part[i] - part[j]));
      }
      crossings.sort((a, b) => a - b);
      for (let k = 0; k + 1 < crossings.length; k += 2) {
        const from = Math.max(0, Math.ceil(crossings[k] - 0.5));
        const to = Math.min(width, Math.ceil(crossings[k + 1] - 0.5));
        if (from < to) data.fill(value, y * width + from, y * width + to);
      }
    }
  }
}

/**
 * Fills COCO run lengths.
 *
 * @throws Error when their size is not the target's or they do not add up to it
 */
export function drawRunLengths(
  { size, counts }: RunLengths,
  { data, height, width, value }: RegionTarget,
): void {
  const runs = typeof counts === 'string' ? unpack(counts) : counts;
  const sum = runs.reduce((total, run) => total + run, 0);
  if (size[0] !== height || size[1] !== width || sum !== height * width) {
    throw new Error(
      `drawRunLengths: runs of ${size.join(' x ')} with ${sum} pixels do not fit an image of ${height} x ${width}.`,
    );
  }
  let place = 0;
  for (const [index, run] of runs.entries()) {
    if (index % 2 === 1) {
      for (let at = place; at < place + run; at++)
        data[(at % height) * width + Math.floor(at / height)] = value;
    }
    place += run;
  }
}

/** COCO's compressed text: base-32 digits of differences to the run two before, lowest first. */
function unpack(text: string): number[] {
  const runs: number[] = [];
  for (let at = 0; at < text.length;) {
    let [value, shift, more] = [0, 0, true];
    while (more) {
      const digit = text.charCodeAt(at++) - 48;
      value |= (digit & 0x1f) << shift;
      shift += 5;
      more = (digit & 0x20) !== 0;
      if (!more && (digit & 0x10) !== 0) value |= -1 << shift;
    }
    if (runs.length > 2) value += runs[runs.length - 2];
    runs.push(value);
  }
  return runs;
}
