import { checkMap, type Mask } from './image.ts';

/** The pieces of a mask, numbered from 1 in row-major order of their first pixel; 0 is background. */
export interface Components {
  readonly labels: Int32Array; // [height, width]
  readonly areas: readonly number[]; // areas[k - 1] is the area of piece k
}

/**
 * Connected pieces of a mask.
 *
 * @param connectivity - 4 (edges) or 8 (edges and corners)
 * @throws Error for what is no mask and other connectivities
 */
export function connectedComponents(mask: Mask, connectivity: 4 | 8): Components {
  checkMap(mask, 'connectedComponents');
  if (connectivity !== 4 && connectivity !== 8) {
    throw new Error(`connectedComponents: connectivity must be 4 or 8, got ${String(connectivity)}.`);
  }
  const { data, width, height } = mask;
  const labels = new Int32Array(data.length);
  const queue = new Int32Array(data.length);
  const areas: number[] = [];
  for (let start = 0; start < data.length; start++) {
    if (!data[start] || labels[start]) continue;
    const label = areas.length + 1;
    labels[start] = label;
    queue[0] = start;
    let tail = 1;
    for (let head = 0; head < tail; head++) {
      const row = Math.floor(queue[head] / width);
      const column = queue[head] % width;
      for (let r = Math.max(0, row - 1); r <= Math.min(height - 1, row + 1); r++) {
        for (let c = Math.max(0, column - 1); c <= Math.min(width - 1, column + 1); c++) {
          if (connectivity === 4 && r !== row && c !== column) continue;
          const p = r * width + c;
          if (!data[p] || labels[p]) continue;
          labels[p] = label;
          queue[tail++] = p;
        }
      }
    }
    areas.push(tail);
  }
  return { labels, areas };
}
