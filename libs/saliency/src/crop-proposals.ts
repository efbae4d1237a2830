import { Stream, type Key } from '@fovea/random';
import { checkMap, type SaliencyMap } from './image.ts';
import { checkRange, withDefaults } from './options.ts';

/** Sizes of proposed crops. */
export interface CropProposalsOptions {
  /** Area as a share of the image, drawn uniformly. */
  scale: readonly [number, number];
  /** Width over height, drawn log-uniformly. */
  ratio: readonly [number, number];
}

/** A crop in whole pixels and how salient it is. */
export interface CropProposal {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
  /** Mean of the map inside. */
  readonly score: number;
}

/**
 * Crops whose centres are drawn in proportion to a map; uniformly where the map is all zero.
 *
 * [RECON] SGCL's sampler was not seen: centres ~ S, scale 0.05-0.4, ratio 3/4-4/3. Crops are shifted so that they lie inside the image.
 *
 * @returns `count` crops, a pure function of the key
 * @throws Error for what is no map, negative values, and options out of range
 *
 * @example
 * const crops = cropProposals(map, 6, key(0));
 */
export function cropProposals(
  map: SaliencyMap,
  count: number,
  key: Key,
  options?: Partial<CropProposalsOptions>,
): CropProposal[] {
  checkMap(map, 'cropProposals');
  checkRange(count, 0, 1e6, 'cropProposals: count');
  const defaults: CropProposalsOptions = { scale: [0.05, 0.4], ratio: [3 / 4, 4 / 3] };
  const { scale, ratio } = withDefaults(options, defaults, 'cropProposals');
  checkRange(scale[0], Number.MIN_VALUE, scale[1], 'cropProposals: scale[0]');
  checkRange(scale[1], scale[0], 1, 'cropProposals: scale[1]');
  checkRange(ratio[0], Number.MIN_VALUE, ratio[1], 'cropProposals: ratio[0]');
  const { width, height, data } = map;
  const sums = new Float64Array(data.length);
  let total = 0;
  for (let p = 0; p < data.length; p++) {
    if (data[p] < 0)
      throw new Error(`cropProposals: map must not be negative, got ${data[p]} at index ${p}.`);
    sums[p] = total += data[p];
  }
  const inside = boxMeans(map);
  const draw = new Stream(key);
  return Array.from({ length: count }, () => {
    const area = draw.uniform(scale[0], scale[1]) * width * height;
    const aspect = Math.exp(draw.uniform(Math.log(ratio[0]), Math.log(ratio[1])));
    const w = Math.min(width, Math.max(1, Math.round(Math.sqrt(area * aspect))));
    const h = Math.min(height, Math.max(1, Math.round(Math.sqrt(area / aspect))));
    const at = draw.uniform();
    const p = total > 0 ? firstAbove(sums, at * total) : Math.floor(at * data.length);
    const left = Math.min(width - w, Math.max(0, Math.round((p % width) + 0.5 - w / 2)));
    const top = Math.min(height - h, Math.max(0, Math.round(Math.floor(p / width) + 0.5 - h / 2)));
    return { left, top, width: w, height: h, score: inside(left, top, w, h) };
  });
}

/** Mean over any box in constant time, by a table of sums. */
function boxMeans({ data, width, height }: SaliencyMap) {
  const table = new Float64Array((width + 1) * (height + 1));
  for (let r = 0; r < height; r++) {
    let row = 0;
    for (let c = 0; c < width; c++) {
      row += data[r * width + c];
      table[(r + 1) * (width + 1) + c + 1] = table[r * (width + 1) + c + 1] + row;
    }
  }
  return (left: number, top: number, w: number, h: number): number => {
    const at = (r: number, c: number) => table[r * (width + 1) + c];
    const sum = at(top + h, left + w) - at(top, left + w) - at(top + h, left) + at(top, left);
    return Math.max(0, sum / (w * h));
  };
}

function firstAbove(sums: Float64Array, value: number): number {
  let low = 0;
  let high = sums.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sums[middle] > value) high = middle;
    else low = middle + 1;
  }
  return low;
}
