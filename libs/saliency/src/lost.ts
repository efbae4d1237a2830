import { checkGrid, gram, pieceAround, type DiscoveredObject } from './patch-graph.ts';
import { checkRange, withDefaults } from './options.ts';

/**
 * LOST: the patch that correlates with the fewest others seeds an object, which grows over similar patches.
 *
 * degree_p = |{q : f_p . f_q >= 0}|; seed = argmin; S = the `expand` patches of lowest degree that correlate with the seed;
 * mask = {q : sum over S of f_q . f_s >= 0}, the piece that holds the seed (4-connected).
 *
 * @param features - patch features, the last block's keys in the paper; not normalised // [rows * columns, D]
 * @throws Error where the length does not fit the grid
 * @see Simeoni et al. 2021
 */
export function lost(
  features: Float32Array,
  grid: readonly [number, number],
  options?: Partial<{ expand: number }>,
): DiscoveredObject {
  const { expand } = withDefaults(options, { expand: 100 }, 'lost');
  checkRange(expand, 1, Infinity, 'lost: expand');
  const patches = checkGrid(features, grid, 'lost');
  const similarity = gram(features, patches);
  const degree = Array.from({ length: patches }, (_, p) => {
    let count = 0;
    for (let q = 0; q < patches; q++) if (similarity[p * patches + q] >= 0) count++;
    return count;
  });
  const order = [...degree.keys()].sort((a, b) => degree[a] - degree[b] || a - b);
  const seed = order[0];
  const seeds = order.slice(0, expand).filter((q) => similarity[seed * patches + q] >= 0);
  const data = new Float32Array(patches);
  for (const s of seeds) for (let q = 0; q < patches; q++) data[q] += similarity[s * patches + q];
  const map = { data, width: grid[1], height: grid[0] };
  return { mask: pieceAround(map, (value) => value >= 0, seed), seed, map };
}
