import { checkImage, mapImage, type FloatImage } from '../image.ts';
import { checkFactor, clamp01 } from './colour.ts';

/**
 * Scales every value: `clamp(f x, 0, 1)`.
 *
 * @param image - [H, W, 3] in [0, 1]
 * @param factor - >= 0; 1 changes nothing
 * @throws RangeError for a negative or not finite factor
 *
 * Source: torchvision `adjust_brightness`.
 */
export function adjustBrightness(image: FloatImage, factor: number): FloatImage {
  checkImage(image, 'adjustBrightness');
  checkFactor(factor, 'adjustBrightness');
  return mapImage(image, (data, offset, pixels) => brightnessInPlace(data, offset, pixels, factor));
}

/** {@link adjustBrightness} without checks, on `pixels` pixels from `offset` on. */
export function brightnessInPlace(data: Float32Array, offset: number, pixels: number, factor: number): void {
  const end = offset + pixels * 3;
  for (let i = offset; i < end; i++) data[i] = clamp01(factor * data[i]);
}
