/**
 * For every pixel the nearest mask pixel by Euclidean distance; on a tie the one with the lower column, then the lower row.
 *
 * @param mask - [H, W], at least one pixel not 0
 * @returns index of the nearest mask pixel and its distance
 * @see scipy.ndimage.distance_transform_edt, whose tie rule this is
 */
export function nearestForeground(
  mask: Uint8Array,
  height: number,
  width: number,
): { readonly index: Int32Array; readonly distance: Float64Array } {
  if (!mask.includes(1)) throw new Error('nearestForeground: the mask is empty, so nothing is nearest.');
  const rowOf = nearestRowInColumn(mask, height, width);
  const index = new Int32Array(mask.length);
  const distance = new Float64Array(mask.length);
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      let best = Infinity;
      let found = -1;
      for (let offset = 0; offset < width && offset * offset <= best; offset++) {
        for (let side = 1; side >= -1; side -= 2) {
          const other = column + side * offset;
          if (other < 0 || other >= width) continue;
          const nearest = rowOf[row * width + other];
          if (nearest < 0) continue;
          const squared = (nearest - row) ** 2 + offset * offset;
          if (squared < best || (squared === best && other < found % width)) {
            best = squared;
            found = nearest * width + other;
          }
        }
      }
      index[row * width + column] = found;
      distance[row * width + column] = Math.sqrt(best);
    }
  }
  return { index, distance };
}

/** [H, W]: row of the nearest mask pixel in the same column, the upper one on a tie, -1 in a column without. */
function nearestRowInColumn(mask: Uint8Array, height: number, width: number): Int32Array {
  const above = new Int32Array(mask.length).fill(-1);
  for (let at = 0; at < mask.length; at++) {
    const row = Math.floor(at / width);
    above[at] = mask[at] ? row : row > 0 ? above[at - width] : -1;
  }
  const nearest = above.slice();
  const below = new Int32Array(width).fill(-1);
  for (let row = height - 1; row >= 0; row--) {
    for (let column = 0; column < width; column++) {
      const at = row * width + column;
      if (mask[at]) below[column] = row;
      if (below[column] < 0) continue;
      if (above[at] < 0 || below[column] - row < row - above[at]) nearest[at] = below[column];
    }
  }
  return nearest;
}
