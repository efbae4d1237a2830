import { checkMaps, type MapsAndMasks } from './pointing-game.ts';

/**
 * IoU of each map with its mask after min-max normalisation and a threshold, and their mean.
 *
 * @param options.threshold - foreground is a normalised value >= threshold, in (0, 1]
 * @returns [B] IoU in [0, 1] and the mean over images
 * @throws Error for a constant map, an empty mask, NaN with its map
 */
export function mapIou(
  input: MapsAndMasks,
  { threshold }: { readonly threshold: number },
): { readonly iou: Float64Array; readonly mean: number } {
  const B = checkMaps(input, 'mapIou');
  if (!(threshold > 0 && threshold <= 1))
    throw new Error(`mapIou: threshold must lie in (0, 1], got ${threshold}.`);
  const size = input.height * input.width;
  const iou = Float64Array.from({ length: B }, (_, image) => {
    const map = input.maps.subarray(image * size, (image + 1) * size);
    const low = map.reduce((least, value) => Math.min(least, value), Infinity);
    const high = map.reduce((most, value) => Math.max(most, value), -Infinity);
    if (low === high) throw new Error(`mapIou: map ${image} is ${low} everywhere and cannot be normalised.`);
    let [both, either, truth] = [0, 0, 0];
    map.forEach((value, at) => {
      const found = (value - low) / (high - low) >= threshold;
      const real = input.masks[image * size + at] === 1;
      truth += Number(real);
      both += Number(found && real);
      either += Number(found || real);
    });
    if (truth === 0) throw new Error(`mapIou: mask ${image} is empty; leave the image out.`);
    return both / either;
  });
  return { iou, mean: iou.reduce((sum, value) => sum + value, 0) / B };
}

/**
 * Mean IoU at the best threshold of a grid, which is an upper bound: it is chosen with the masks at hand, and the name of a metric must say so.
 *
 * @returns the mean and the threshold it was reached at, the lowest on a tie
 */
export function bestMapIou(
  input: MapsAndMasks,
  { thresholds }: { readonly thresholds: readonly number[] },
): { readonly mean: number; readonly threshold: number } {
  if (thresholds.length === 0) throw new Error('bestMapIou: thresholds is empty.');
  return [...thresholds]
    .sort((a, b) => a - b)
    .map((threshold) => ({ threshold, mean: mapIou(input, { threshold }).mean }))
    .reduce((best, next) => (next.mean > best.mean ? next : best));
}
