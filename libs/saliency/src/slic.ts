import { rgbBytes, type Image } from './image.ts';
import { checkRange, withDefaults } from './options.ts';
import { rgbToLab } from './rgb-to-lab.ts';

/** How to cut an image into superpixels. */
export interface SlicOptions {
  /** Pixels of one region, about. */
  pixelsPerRegion: number;
  /** Weight of position against Lab colour: larger makes rounder regions. */
  compactness: number;
  /** Rounds of assignment. */
  iterations: number;
}

/** A partition of an image into connected regions, numbered from 0 in row-major order of their first pixel. */
export interface Superpixels {
  readonly labels: Int32Array; // [height, width]
  readonly count: number;
  readonly width: number;
  readonly height: number;
}

/** The constants of the authors' release of RBD and GS. */
export const SLIC_DEFAULTS: SlicOptions = { pixelsPerRegion: 600, compactness: 20, iterations: 10 };

/**
 * SLIC superpixels: k-means in (Lab, row, column) with centres that search only their own neighbourhood, then merging of splinters.
 *
 * D^2 = |Lab_p - Lab_k|^2 + (compactness / S)^2 |pos_p - pos_k|^2, S = sqrt(pixelsPerRegion), searched within S of a centre.
 * Splinters smaller than a quarter of a region join a neighbour. Every region is 4-connected.
 *
 * @throws Error for bad images and options
 * @see Achanta et al. 2012
 *
 * @example
 * const { labels, count } = slic(image, { pixelsPerRegion: 600 });
 */
export function slic(image: Image, options?: Partial<SlicOptions>): Superpixels {
  const rgb = rgbBytes(image, 'slic');
  const o = withDefaults(options, SLIC_DEFAULTS, 'slic');
  checkRange(o.pixelsPerRegion, 1, Infinity, 'slic: pixelsPerRegion');
  checkRange(o.compactness, 0, Infinity, 'slic: compactness');
  checkRange(o.iterations, 1, 1000, 'slic: iterations');
  const labels = assign(rgbToLab(rgb), image.width, image.height, o);
  const step = Math.sqrt(o.pixelsPerRegion);
  return connect(labels, image.width, image.height, Math.floor((step * step) / 4));
}

function assign(lab: Float32Array, width: number, height: number, o: SlicOptions): Int32Array {
  const step = Math.sqrt(o.pixelsPerRegion);
  const columns = Math.max(1, Math.round(width / step));
  const rows = Math.max(1, Math.round(height / step));
  const count = rows * columns;
  const centres = new Float64Array(count * 5); // L, a, b, row, column
  for (let k = 0; k < count; k++) {
    const row = Math.floor(((Math.floor(k / columns) + 0.5) * height) / rows);
    const column = Math.floor((((k % columns) + 0.5) * width) / columns);
    const [r, c] = flattest(lab, width, height, row, column);
    centres.set([...lab.subarray(3 * (r * width + c), 3 * (r * width + c) + 3), r, c], 5 * k);
  }
  const pixels = width * height;
  const labels = new Int32Array(pixels);
  const nearest = new Float32Array(pixels);
  const sums = new Float64Array(count * 6);
  const spatial = (o.compactness / step) ** 2;
  const reach = Math.ceil(Math.max(step, width / columns, height / rows)) + 1;
  for (let round = 0; round < o.iterations; round++) {
    nearest.fill(Infinity);
    for (let k = 0; k < count; k++) {
      const L = centres[5 * k];
      const a = centres[5 * k + 1];
      const b = centres[5 * k + 2];
      const row = centres[5 * k + 3];
      const column = centres[5 * k + 4];
      const bottom = Math.min(height - 1, Math.floor(row + reach));
      const right = Math.min(width - 1, Math.floor(column + reach));
      const left = Math.max(0, Math.ceil(column - reach));
      for (let r = Math.max(0, Math.ceil(row - reach)); r <= bottom; r++) {
        const rowTerm = spatial * (r - row) * (r - row);
        let p = r * width + left;
        for (let c = left; c <= right; c++, p++) {
          const near = rowTerm + spatial * (c - column) * (c - column);
          if (near >= nearest[p]) continue;
          const dL = lab[3 * p] - L;
          const da = lab[3 * p + 1] - a;
          const db = lab[3 * p + 2] - b;
          const distance = near + dL * dL + da * da + db * db;
          if (distance < nearest[p]) {
            nearest[p] = distance;
            labels[p] = k;
          }
        }
      }
    }
    move(lab, width, labels, sums, centres);
  }
  return labels;
}

function move(
  lab: Float32Array,
  width: number,
  labels: Int32Array,
  sums: Float64Array,
  centres: Float64Array,
) {
  sums.fill(0);
  for (let p = 0; p < labels.length; p++) {
    const s = 6 * labels[p];
    sums[s] += lab[3 * p];
    sums[s + 1] += lab[3 * p + 1];
    sums[s + 2] += lab[3 * p + 2];
    sums[s + 3] += Math.floor(p / width);
    sums[s + 4] += p % width;
    sums[s + 5]++;
  }
  for (let k = 0; k * 6 < sums.length; k++) {
    const size = sums[6 * k + 5];
    if (size === 0) continue;
    for (let d = 0; d < 5; d++) centres[5 * k + d] = sums[6 * k + d] / size;
  }
}

/** The pixel of a 3 x 3 neighbourhood with the least colour gradient, so that no centre starts on an edge. */
function flattest(
  lab: Float32Array,
  width: number,
  height: number,
  row: number,
  column: number,
): [number, number] {
  let best = Infinity;
  let place: [number, number] = [row, column];
  for (let r = Math.max(1, row - 1); r <= Math.min(height - 2, row + 1); r++) {
    for (let c = Math.max(1, column - 1); c <= Math.min(width - 2, column + 1); c++) {
      let gradient = 0;
      for (let d = 0; d < 3; d++) {
        gradient += (lab[3 * (r * width + c + 1) + d] - lab[3 * (r * width + c - 1) + d]) ** 2;
        gradient += (lab[3 * ((r + 1) * width + c) + d] - lab[3 * ((r - 1) * width + c) + d]) ** 2;
      }
      if (gradient < best) {
        best = gradient;
        place = [r, c];
      }
    }
  }
  return place;
}

/** Numbers the 4-connected pieces; a piece below `smallest` pixels joins the piece met just before it. */
function connect(labels: Int32Array, width: number, height: number, smallest: number): Superpixels {
  const pixels = width * height;
  const result = new Int32Array(pixels).fill(-1);
  const queue = new Int32Array(pixels);
  let count = 0;
  for (let start = 0; start < pixels; start++) {
    if (result[start] >= 0) continue;
    const column = start % width;
    const before = column > 0 ? result[start - 1] : start >= width ? result[start - width] : -1;
    queue[0] = start;
    result[start] = count;
    let tail = 1;
    for (let head = 0; head < tail; head++) {
      const p = queue[head];
      const c = p % width;
      for (let side = 0; side < 4; side++) {
        const q = side === 0 ? p - 1 : side === 1 ? p + 1 : side === 2 ? p - width : p + width;
        if (q < 0 || q >= pixels || (side === 0 && c === 0) || (side === 1 && c === width - 1)) continue;
        if (result[q] >= 0 || labels[q] !== labels[start]) continue;
        result[q] = count;
        queue[tail++] = q;
      }
    }
    if (tail < smallest && before >= 0) for (let i = 0; i < tail; i++) result[queue[i]] = before;
    else count++;
  }
  return { labels: result, count, width, height };
}
