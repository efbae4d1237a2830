import { checkGrid, gram, pieceAround, type DiscoveredObject } from './patch-graph.ts';
import { checkRange, withDefaults } from './options.ts';
import { secondEigenvector } from './second-eigenvector.ts';

/**
 * TokenCut: the normalised cut of the patch graph; the side with the most extreme entry is the object.
 *
 * W_pq = 1 where cos(f_p, f_q) > tau, else 1e-5; second smallest eigenvector of (D - W) y = lambda D y, split at its mean.
 *
 * @param features - patch features // [rows * columns, D]
 * @throws Error where the length does not fit the grid
 * @see Wang et al. 2022; tau 0.2
 */
export function tokenCut(
  features: Float32Array,
  grid: readonly [number, number],
  options?: Partial<{ tau: number }>,
): DiscoveredObject {
  const { tau } = withDefaults(options, { tau: 0.2 }, 'tokenCut');
  checkRange(tau, -1, 1, 'tokenCut: tau');
  const patches = checkGrid(features, grid, 'tokenCut');
  const similarity = gram(features, patches);
  const norm = Array.from({ length: patches }, (_, p) => Math.sqrt(similarity[p * patches + p]) || 1);
  const weight = similarity.map((value, e) =>
    value / (norm[Math.floor(e / patches)] * norm[e % patches]) > tau ? 1 : 1e-5,
  );
  const root = Float64Array.from({ length: patches }, (_, p) =>
    Math.sqrt(weight.subarray(p * patches, (p + 1) * patches).reduce((sum, value) => sum + value, 0)),
  );
  const normalised = weight.map((value, e) => value / (root[Math.floor(e / patches)] * root[e % patches]));
  const second = secondEigenvector(normalised, root); // D^(1/2) 1 is the first
  const vector = Float32Array.from(second, (value, p) => value / root[p]);
  const seed = vector.reduce((best, value, p) => (Math.abs(value) > Math.abs(vector[best]) ? p : best), 0);
  const mean = vector.reduce((sum, value) => sum + value, 0) / patches;
  const sign = vector[seed] < mean ? -1 : 1;
  const map = { data: vector.map((value) => sign * value), width: grid[1], height: grid[0] };
  return { mask: pieceAround(map, (value) => value > sign * mean, seed), seed, map };
}
