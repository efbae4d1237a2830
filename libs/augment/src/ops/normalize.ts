import { checkImage, mapImage, type FloatImage } from '../image.ts';

/** Mean and standard deviation of each channel, of values in [0, 1]. */
export interface ChannelStatistics {
  readonly mean: readonly [number, number, number];
  readonly std: readonly [number, number, number];
}

/**
 * Standardises channels: `(x - mean) / std`.
 *
 * @param image - [H, W, 3] in [0, 1]
 * @throws RangeError for a standard deviation that is not > 0 or a mean that is not finite
 *
 * Source: torchvision `normalize`.
 */
export function normalize(image: FloatImage, statistics: ChannelStatistics): FloatImage {
  checkImage(image, 'normalize');
  checkStatistics(statistics, 'normalize');
  return mapImage(image, (data, offset, pixels) => normalizeInPlace(data, offset, pixels, statistics));
}

/** @throws RangeError for a standard deviation that is not > 0 or a mean that is not finite */
export function checkStatistics({ mean, std }: ChannelStatistics, caller: string): void {
  if (mean.length !== 3 || !mean.every(Number.isFinite)) {
    throw new RangeError(`${caller}: mean must be 3 finite numbers, got ${mean.join()}.`);
  }
  if (std.length !== 3 || !std.every((value) => Number.isFinite(value) && value > 0)) {
    throw new RangeError(`${caller}: std must be 3 finite numbers > 0, got ${std.join()}.`);
  }
}

/** {@link normalize} without checks, on `pixels` pixels from `offset` on. */
export function normalizeInPlace(
  data: Float32Array,
  offset: number,
  pixels: number,
  { mean, std }: ChannelStatistics,
): void {
  const [r, g, b] = mean;
  const [rScale, gScale, bScale] = std.map((value) => 1 / value);
  const end = offset + pixels * 3;
  for (let i = offset; i < end; i += 3) {
    data[i] = (data[i] - r) * rScale;
    data[i + 1] = (data[i + 1] - g) * gScale;
    data[i + 2] = (data[i + 2] - b) * bScale;
  }
}
