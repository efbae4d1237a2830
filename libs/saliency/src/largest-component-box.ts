import { binarise } from './binarise.ts';
import { connectedComponents } from './connected-components.ts';
import { checkMap, type SaliencyMap } from './image.ts';
import { withDefaults } from './options.ts';

/** How pieces are found. */
export interface LargestComponentBoxOptions {
  /** Foreground lies above it. */
  threshold: number;
  connectivity: 4 | 8;
}

/** The largest piece of a map. */
export interface LargestComponentBox {
  /** First column, first row, last column, last row, in pixels, inclusive; null where nothing exceeds the threshold. */
  readonly box: readonly [number, number, number, number] | null;
  readonly area: number;
  /** Number of pieces. */
  readonly components: number;
}

/**
 * Box of the largest connected piece of a map above a threshold; the first in row-major order where areas are equal.
 *
 * @throws Error for what is no map
 * @see checked against scipy.ndimage.label
 */
export function largestComponentBox(
  map: SaliencyMap,
  options?: Partial<LargestComponentBoxOptions>,
): LargestComponentBox {
  checkMap(map, 'largestComponentBox');
  const defaults: LargestComponentBoxOptions = { threshold: 0.5, connectivity: 8 };
  const { threshold, connectivity } = withDefaults(options, defaults, 'largestComponentBox');
  const mask = binarise(map, { kind: 'fixed', threshold });
  const { labels, areas } = connectedComponents(mask, connectivity);
  if (areas.length === 0) return { box: null, area: 0, components: 0 };
  const area = areas.reduce((most, value) => Math.max(most, value), 0);
  const label = areas.indexOf(area) + 1;
  let [left, top, right, bottom] = [map.width, map.height, -1, -1];
  for (let p = 0; p < labels.length; p++) {
    if (labels[p] !== label) continue;
    const row = Math.floor(p / map.width);
    const column = p % map.width;
    left = Math.min(left, column);
    right = Math.max(right, column);
    top = Math.min(top, row);
    bottom = Math.max(bottom, row);
  }
  return { box: [left, top, right, bottom], area, components: areas.length };
}
