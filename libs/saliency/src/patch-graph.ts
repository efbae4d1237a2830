import { connectedComponents } from './connected-components.ts';
import type { Mask, SaliencyMap } from './image.ts';

/** An object found among patch features. */
export interface DiscoveredObject {
  /** The piece that holds the seed, on the patch grid. */
  readonly mask: Mask;
  /** Index of the patch that the search started from. */
  readonly seed: number;
  /** What the mask was cut from, on the patch grid: correlation with the seeds (LOST), eigenvector (TokenCut). */
  readonly map: SaliencyMap;
}

/**
 * Refuses features that do not fit their grid.
 *
 * @returns the number of patches
 */
export function checkGrid(features: Float32Array, grid: readonly [number, number], where: string): number {
  const patches = grid[0] * grid[1];
  if (!(Number.isInteger(patches) && patches > 0 && features.length > 0 && features.length % patches === 0)) {
    throw new Error(
      `${where}: ${features.length} numbers are no features of ${grid[0]} x ${grid[1]} patches.`,
    );
  }
  const broken = features.findIndex((value) => !Number.isFinite(value));
  if (broken >= 0)
    throw new Error(`${where}: features must be finite, got ${features[broken]} at ${broken}.`);
  return patches;
}

/** All inner products. // [P, D] -> [P, P] */
export function gram(features: Float32Array, patches: number): Float64Array {
  const D = features.length / patches;
  const result = new Float64Array(patches * patches);
  for (let p = 0; p < patches; p++) {
    for (let q = p; q < patches; q++) {
      let sum = 0;
      for (let d = 0; d < D; d++) sum += features[p * D + d] * features[q * D + d];
      result[p * patches + q] = result[q * patches + p] = sum;
    }
  }
  return result;
}

/** The 4-connected piece around the seed of what lies inside; the seed always does. */
export function pieceAround(map: SaliencyMap, inside: (value: number) => boolean, seed: number): Mask {
  const { width, height } = map;
  const whole = { data: Uint8Array.from(map.data, (value) => Number(inside(value))), width, height };
  whole.data[seed] = 1;
  const { labels } = connectedComponents(whole, 4);
  return { data: Uint8Array.from(labels, (label) => Number(label === labels[seed])), width, height };
}
