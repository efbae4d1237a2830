import { checkMaps, type MapsAndMasks } from './pointing-game.ts';

/**
 * Energy-based pointing game: the share of each map's mass that lies inside its mask, in [0, 1].
 *
 * @returns [B]
 * @throws Error for a negative value, a map without mass, NaN
 */
export function energyPointing(input: MapsAndMasks): Float64Array {
  const B = checkMaps(input, 'energyPointing');
  const size = input.height * input.width;
  return Float64Array.from({ length: B }, (_, image) => {
    let [inside, total] = [0, 0];
    for (let at = image * size; at < (image + 1) * size; at++) {
      const value = input.maps[at];
      if (value < 0)
        throw new Error(`energyPointing: map ${image} holds ${value}; rectify or min-max it first.`);
      total += value;
      if (input.masks[at] === 1) inside += value;
    }
    if (total === 0) throw new Error(`energyPointing: map ${image} is 0 everywhere; leave it out.`);
    return inside / total;
  });
}
