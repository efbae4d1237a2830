import { checkImage, type Box, type ByteImage, type FloatImage } from '../image.ts';
import { resampleWeights, type Interpolation } from './resample-weights.ts';

/**
 * A crop of an image, resampled with antialiasing to `size` = [height, width], as numbers in [0, 1].
 *
 * Bicubic values can leave [0, 1] a little and are not clamped here.
 *
 * @param image - [H, W, 3]
 * @param box - whole pixels inside the image
 * @throws RangeError when the box is empty or leaves the image, or a size is no positive integer
 *
 * Source: torchvision `resized_crop(antialias=True)`.
 *
 * @example
 * resizedCrop(image, { top: 3, left: 5, height: 16, width: 20 }, [12, 12], 'bilinear');
 */
export function resizedCrop(
  image: ByteImage,
  box: Box,
  size: readonly [number, number],
  interpolation: Interpolation = 'bilinear',
): FloatImage {
  checkImage(image, 'resizedCrop');
  checkBox(box, image, 'resizedCrop');
  const [height, width] = size;
  if (!(Number.isInteger(height) && Number.isInteger(width) && height > 0 && width > 0)) {
    throw new RangeError(`resizedCrop: size must be two positive integers, got ${height}, ${width}.`);
  }
  const data = new Float32Array(height * width * 3);
  resizedCropInto(image, box, false, height, width, interpolation, data, 0);
  return { data, height, width, channels: 3 };
}

/** @throws RangeError when a box is empty, not of whole pixels or not inside the image */
export function checkBox(box: Box, image: { height: number; width: number }, caller: string): void {
  const { top, left, height, width } = box;
  const whole = [top, left, height, width].every(Number.isInteger);
  const inside = top >= 0 && left >= 0 && top + height <= image.height && left + width <= image.width;
  if (!whole || height < 1 || width < 1 || !inside) {
    throw new RangeError(
      `${caller}: the box must be whole pixels inside ${image.height} x ${image.width}, got ` +
        `top ${top}, left ${left}, height ${height}, width ${width}.`,
    );
  }
}

/** {@link resizedCrop} without checks, optionally mirrored, written to `out` from `offset` on. */
export function resizedCropInto(
  image: ByteImage,
  box: Box,
  flip: boolean,
  height: number,
  width: number,
  interpolation: Interpolation,
  out: Float32Array,
  offset: number,
): void {
  const columns = resampleWeights(box.width, width, interpolation);
  const rows = resampleWeights(box.height, height, interpolation);
  const stride = width * 3;
  const middle = scratch(0, box.height * stride); // [box height, width, 3] in 0..255
  const sum = scratch(1, stride);
  const source = image.data;
  for (let y = 0; y < box.height; y++) {
    const from = ((box.top + y) * image.width + box.left) * 3;
    for (let x = 0; x < width; x++) {
      let at = from + columns.first[x] * 3;
      let r = 0;
      let g = 0;
      let b = 0;
      const last = (x + 1) * columns.taps;
      for (let tap = x * columns.taps; tap < last; tap++, at += 3) {
        const weight = columns.weights[tap];
        r += weight * source[at];
        g += weight * source[at + 1];
        b += weight * source[at + 2];
      }
      const to = y * stride + (flip ? width - 1 - x : x) * 3;
      middle[to] = r;
      middle[to + 1] = g;
      middle[to + 2] = b;
    }
  }
  for (let y = 0; y < height; y++) {
    const to = offset + y * stride;
    const first = rows.first[y] * stride;
    if (rows.taps === 2) {
      const upper = rows.weights[y * 2] / 255;
      const lower = rows.weights[y * 2 + 1] / 255;
      for (let x = 0; x < stride; x++) {
        out[to + x] = upper * middle[first + x] + lower * middle[first + stride + x];
      }
      continue;
    }
    sum.fill(0, 0, stride);
    for (let tap = 0, at = first; tap < rows.taps; tap++, at += stride) {
      const weight = rows.weights[y * rows.taps + tap] / 255;
      if (weight === 0) continue;
      for (let x = 0; x < stride; x++) sum[x] += weight * middle[at + x];
    }
    for (let x = 0; x < stride; x++) out[to + x] = sum[x];
  }
}

const buffers = [new Float64Array(0), new Float64Array(0)];

function scratch(which: 0 | 1, length: number): Float64Array {
  if (buffers[which].length < length) buffers[which] = new Float64Array(length);
  return buffers[which];
}
