import { averagePrecision } from './average-precision.ts';
import { checkMaps, type MapsAndMasks } from './pointing-game.ts';

/**
 * PxAP (Choe et al. 2020): average precision of all pixels of all images ranked together by their value, no threshold to choose.
 *
 * Exact over the distinct values, where the source uses 1,000 thresholds. Maps are taken as they are: min-max them per image first, as the source does.
 *
 * @returns in [0, 1]
 * @throws Error for NaN with its map, masks without a pixel
 */
export function pixelAveragePrecision(input: MapsAndMasks): number {
  checkMaps(input, 'pixelAveragePrecision');
  return averagePrecision(input.maps, input.masks, 'nonInterpolated');
}
