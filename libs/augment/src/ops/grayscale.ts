import { checkImage, mapImage, type FloatImage } from '../image.ts';
import { BLUE, GREEN, RED } from './colour.ts';

/**
 * The grey value 0.2989 R + 0.587 G + 0.114 B in all three channels.
 *
 * @param image - [H, W, 3]
 * @throws RangeError when the image is malformed
 *
 * Source: torchvision `rgb_to_grayscale(num_output_channels=3)`.
 */
export function grayscale(image: FloatImage): FloatImage {
  checkImage(image, 'grayscale');
  return mapImage(image, grayscaleInPlace);
}

/** {@link grayscale} without checks, on `pixels` pixels from `offset` on. */
export function grayscaleInPlace(data: Float32Array, offset: number, pixels: number): void {
  const end = offset + pixels * 3;
  for (let i = offset; i < end; i += 3) {
    const grey = RED * data[i] + GREEN * data[i + 1] + BLUE * data[i + 2];
    data[i] = grey;
    data[i + 1] = grey;
    data[i + 2] = grey;
  }
}
