import { checkImage, type FloatImage } from '../image.ts';

/**
 * Mirrors an image left to right: column `x` becomes `W - 1 - x`.
 *
 * @param image - [H, W, 3]
 * @throws RangeError when the image is malformed
 *
 * @example
 * hflip(hflip(image)); // equals image
 */
export function hflip(image: FloatImage): FloatImage {
  checkImage(image, 'hflip');
  const { data, height, width } = image;
  const flipped = new Float32Array(data.length);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const from = (y * width + x) * 3;
      flipped.set(data.subarray(from, from + 3), (y * width + width - 1 - x) * 3);
    }
  }
  return { ...image, data: flipped };
}
