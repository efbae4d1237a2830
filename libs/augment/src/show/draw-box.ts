import { type ByteImage, checkImage } from '../image.ts';
import type { EdgeBox } from '../joint/crop-boxes.ts';

/** Red, green and blue in 0 … 255. */
export type Colour = readonly [number, number, number];

/**
 * An image with the outline of a box drawn one pixel wide; what lies outside of the image is left out.
 *
 * @throws RangeError for a malformed image or a box with x0 > x1 or y0 > y1
 */
export function drawBox(image: ByteImage, [x0, y0, x1, y1]: EdgeBox, colour: Colour): ByteImage {
  checkImage(image, 'drawBox');
  if (!(x0 <= x1 && y0 <= y1))
    throw new RangeError(`drawBox: box must have x0 <= x1 and y0 <= y1, got ${[x0, y0, x1, y1].join()}.`);
  const data = image.data.slice();
  const [left, top, right, bottom] = [Math.round(x0), Math.round(y0), Math.round(x1) - 1, Math.round(y1) - 1];
  const put = (x: number, y: number): void => {
    if (x >= 0 && y >= 0 && x < image.width && y < image.height) data.set(colour, (y * image.width + x) * 3);
  };
  for (let x = left; x <= right; x++) {
    put(x, top);
    put(x, bottom);
  }
  for (let y = top; y <= bottom; y++) {
    put(left, y);
    put(right, y);
  }
  return { ...image, data };
}
