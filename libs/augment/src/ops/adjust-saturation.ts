import { checkImage, mapImage, type FloatImage } from '../image.ts';
import { BLUE, checkFactor, clamp01, GREEN, RED } from './colour.ts';

/**
 * Blends every pixel with its own grey: `clamp(f x + (1 - f) g, 0, 1)`, g = 0.2989 R + 0.587 G + 0.114 B.
 *
 * @param image - [H, W, 3] in [0, 1]
 * @param factor - >= 0; 0 gives greys, 1 changes nothing
 * @throws RangeError for a negative or not finite factor
 *
 * Source: torchvision `adjust_saturation`.
 */
export function adjustSaturation(image: FloatImage, factor: number): FloatImage {
  checkImage(image, 'adjustSaturation');
  checkFactor(factor, 'adjustSaturation');
  return mapImage(image, (data, offset, pixels) => saturationInPlace(data, offset, pixels, factor));
}

/** {@link adjustSaturation} without checks, on `pixels` pixels from `offset` on. */
export function saturationInPlace(data: Float32Array, offset: number, pixels: number, factor: number): void {
  const end = offset + pixels * 3;
  const rest = 1 - factor;
  for (let i = offset; i < end; i += 3) {
    const r = data[i];
    const g = data[i + 1];
    const b = data[i + 2];
    const grey = rest * (RED * r + GREEN * g + BLUE * b);
    data[i] = clamp01(factor * r + grey);
    data[i + 1] = clamp01(factor * g + grey);
    data[i + 2] = clamp01(factor * b + grey);
  }
}
