import { type ByteImage, checkImage } from '../image.ts';
import { checkPlane, floatPlane, type Plane } from '../plane.ts';

/**
 * An image whose foreground is filled from around it: weighted averages are pooled level by level until every pixel has some background below it, then pushed back
 * where pixels are missing (push-pull). The whole-foreground case gives a flat grey.
 *
 * @param image - [H, W, 3]
 * @param foreground - [H, W]; 1 (bytes: 255) is removed wholly, 0 kept as it is
 * @throws RangeError when image and mask have different sizes
 *
 * Source: Gortler et al., "The Lumigraph" (1996), section 3.4.
 */
export function inpaint(image: ByteImage, foreground: Plane): ByteImage {
  checkImage(image, 'inpaint');
  checkPlane(foreground, 'inpaint');
  const { height, width } = image;
  if (foreground.height !== height || foreground.width !== width) {
    throw new RangeError(
      `inpaint: the mask must be ${height} x ${width} as the image, got ${foreground.height} x ${foreground.width}.`,
    );
  }
  const weight = Float64Array.from(floatPlane(foreground), (value) => 1 - Math.min(1, value));
  const colour = Float64Array.from(image.data, (byte, index) => byte * weight[Math.floor(index / 3)]);
  fill({ colour, weight, height, width });
  return { ...image, data: Uint8Array.from(colour, (value) => Math.round(value)) };
}

/** Colours are premultiplied by their weights on entry, and complete (weight 1) on return. */
interface Level {
  readonly colour: Float64Array; // [H, W, 3]
  readonly weight: Float64Array; // [H, W]
  readonly height: number;
  readonly width: number;
}

function fill(level: Level): void {
  const { colour, weight, height, width } = level;
  if (height === 1 && width === 1) {
    for (let channel = 0; channel < 3; channel++)
      colour[channel] = weight[0] > 0 ? colour[channel] / weight[0] : 127;
    return;
  }
  const coarse = pool(level);
  fill(coarse);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const at = y * width + x;
      const missing = 1 - weight[at];
      if (missing <= 0) continue;
      for (let channel = 0; channel < 3; channel++) {
        colour[at * 3 + channel] +=
          missing * sample(coarse, (y + 0.5) / 2 - 0.5, (x + 0.5) / 2 - 0.5, channel);
      }
    }
  }
}

function pool({ colour, weight, height, width }: Level): Level {
  const [h, w] = [Math.ceil(height / 2), Math.ceil(width / 2)];
  const half: Level = {
    colour: new Float64Array(h * w * 3),
    weight: new Float64Array(h * w),
    height: h,
    width: w,
  };
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const [from, to] = [y * width + x, (y >> 1) * w + (x >> 1)];
      half.weight[to] += weight[from];
      for (let channel = 0; channel < 3; channel++)
        half.colour[to * 3 + channel] += colour[from * 3 + channel];
    }
  }
  for (let at = 0; at < h * w; at++) {
    const scale = half.weight[at] > 1 ? 1 / half.weight[at] : 1; // saturate: one full pixel is enough
    half.weight[at] *= scale;
    for (let channel = 0; channel < 3; channel++) half.colour[at * 3 + channel] *= scale;
  }
  return half;
}

function sample({ colour, height, width }: Level, y: number, x: number, channel: number): number {
  const at = (row: number, column: number): number =>
    colour[
      (Math.min(Math.max(row, 0), height - 1) * width + Math.min(Math.max(column, 0), width - 1)) * 3 +
        channel
    ];
  const [top, left] = [Math.floor(y), Math.floor(x)];
  const [fy, fx] = [y - top, x - left];
  return (
    (1 - fy) * ((1 - fx) * at(top, left) + fx * at(top, left + 1)) +
    fy * ((1 - fx) * at(top + 1, left) + fx * at(top + 1, left + 1))
  );
}
