import { checkImage, mapImage, type FloatImage } from '../image.ts';
import { BLUE, checkFactor, clamp01, GREEN, RED } from './colour.ts';

/**
 * Blends an image with its mean grey: `clamp(f x + (1 - f) m, 0, 1)`, m = mean over pixels of 0.2989 R + 0.587 G + 0.114 B.
 *
 * @param image - [H, W, 3] in [0, 1]
 * @param factor - >= 0; 0 gives one flat grey, 1 changes nothing
 * @throws RangeError for a negative or not finite factor
 *
 * Source: torchvision `adjust_contrast`.
 */
export function adjustContrast(image: FloatImage, factor: number): FloatImage {
  checkImage(image, 'adjustContrast');
  checkFactor(factor, 'adjustContrast');
  return mapImage(image, (data, offset, pixels) => contrastInPlace(data, offset, pixels, factor));
}

/** {@link adjustContrast} without checks, on `pixels` pixels from `offset` on. */
export function contrastInPlace(data: Float32Array, offset: number, pixels: number, factor: number): void {
  const end = offset + pixels * 3;
  let red = 0;
  let green = 0;
  let blue = 0;
  for (let i = offset; i < end; i += 3) {
    red += data[i];
    green += data[i + 1];
    blue += data[i + 2];
  }
  const rest = ((1 - factor) * (RED * red + GREEN * green + BLUE * blue)) / pixels;
  for (let i = offset; i < end; i++) data[i] = clamp01(factor * data[i] + rest);
}
