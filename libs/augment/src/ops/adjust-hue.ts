import { checkImage, mapImage, type FloatImage } from '../image.ts';

/**
 * Turns the hue of every pixel: RGB to HSV, `h <- (h + f) mod 1`, and back.
 *
 * Brightest and darkest value of a pixel do not change, so no clamp is needed and greys stay as they are.
 *
 * @param image - [H, W, 3] in [0, 1]
 * @param factor - turns in [-0.5, 0.5]; 0 changes nothing
 * @throws RangeError for a factor out of range
 *
 * Source: torchvision `adjust_hue`.
 */
export function adjustHue(image: FloatImage, factor: number): FloatImage {
  checkImage(image, 'adjustHue');
  if (!(factor >= -0.5 && factor <= 0.5)) {
    throw new RangeError(`adjustHue: factor must be in [-0.5, 0.5] turns, got ${factor}.`);
  }
  return mapImage(image, (data, offset, pixels) => hueInPlace(data, offset, pixels, factor));
}

/** {@link adjustHue} without checks, on `pixels` pixels from `offset` on. */
export function hueInPlace(data: Float32Array, offset: number, pixels: number, factor: number): void {
  const end = offset + pixels * 3;
  const turn = factor * 6 + 6; // positive, so that truncation is floor
  for (let i = offset; i < end; i += 3) {
    const r = data[i];
    const g = data[i + 1];
    const b = data[i + 2];
    const high = r > g ? (r > b ? r : b) : g > b ? g : b;
    const low = r < g ? (r < b ? r : b) : g < b ? g : b;
    const chroma = high - low;
    if (chroma === 0) continue;
    const base = high === r ? (g - b) / chroma : high === g ? 2 + (b - r) / chroma : 4 + (r - g) / chroma;
    let hue = base + turn; // in sixths of a turn, [2, 14)
    if (hue >= 12) hue -= 12;
    else if (hue >= 6) hue -= 6;
    const sector = hue | 0;
    const part = chroma * (hue - sector);
    const falling = high - part;
    const rising = low + part;
    switch (sector) {
      case 0:
        data[i] = high;
        data[i + 1] = rising;
        data[i + 2] = low;
        break;
      case 1:
        data[i] = falling;
        data[i + 1] = high;
        data[i + 2] = low;
        break;
      case 2:
        data[i] = low;
        data[i + 1] = high;
        data[i + 2] = rising;
        break;
      case 3:
        data[i] = low;
        data[i + 1] = falling;
        data[i + 2] = high;
        break;
      case 4:
        data[i] = rising;
        data[i + 1] = low;
        data[i + 2] = high;
        break;
      default:
        data[i] = high;
        data[i + 1] = low;
        data[i + 2] = falling;
    }
  }
}
