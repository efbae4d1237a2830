import { checkImage, mapImage, type FloatImage } from '../image.ts';

/**
 * Inverts what is bright: `x >= t ? 1 - x : x`.
 *
 * Values come from bytes, so the comparison allows for float32 rounding of a grey level that equals the threshold.
 *
 * @param image - [H, W, 3] in [0, 1]
 * @param threshold - in [0, 1]; 128 / 255 is the usual one
 * @throws RangeError for a threshold out of range
 *
 * Source: torchvision `solarize`.
 */
export function solarize(image: FloatImage, threshold: number): FloatImage {
  checkImage(image, 'solarize');
  if (!(threshold >= 0 && threshold <= 1)) {
    throw new RangeError(`solarize: threshold must be in [0, 1], got ${threshold}.`);
  }
  return mapImage(image, (data, offset, pixels) => solarizeInPlace(data, offset, pixels, threshold));
}

/** {@link solarize} without checks, on `pixels` pixels from `offset` on. */
export function solarizeInPlace(data: Float32Array, offset: number, pixels: number, threshold: number): void {
  const end = offset + pixels * 3;
  const limit = threshold - 1e-6; // a byte is 4e-3 wide, float32 near 1 is exact to 6e-8
  for (let i = offset; i < end; i++) if (data[i] >= limit) data[i] = 1 - data[i];
}
