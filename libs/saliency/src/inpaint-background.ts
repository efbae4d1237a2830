import { gaussianBlurPlane } from './gaussian-blur-plane.ts';
import { checkMap, rgbBytes, type Image, type Mask } from './image.ts';
import { checkRange, withDefaults } from './options.ts';

/** How much around the mask is repainted. */
export interface InpaintBackgroundOptions {
  /** Pixels by which the mask grows, so that the object's rim does not bleed into its replacement. */
  grow: number;
}

/**
 * The background of an image alone: the masked pixels are painted over smoothly from what surrounds them.
 *
 * Push-pull: the image is averaged down over its unmasked pixels until no hole is left, then filled back up from the coarser level.
 * Unmasked pixels stay as they are, byte for byte. A mask that covers everything leaves mid-grey.
 *
 * @throws Error where mask and image differ in size
 * @see Gortler et al. 1996 (push-pull)
 */
export function inpaintBackground(
  image: Image,
  mask: Mask,
  options?: Partial<InpaintBackgroundOptions>,
): Image {
  const rgb = rgbBytes(image, 'inpaintBackground');
  checkMap(mask, 'inpaintBackground');
  const { grow } = withDefaults(options, { grow: 2 }, 'inpaintBackground');
  checkRange(grow, 0, 1000, 'inpaintBackground: grow');
  const { width, height } = image;
  if (mask.width !== width || mask.height !== height) {
    throw new Error(
      `inpaintBackground: a mask of ${mask.width} x ${mask.height} does not fit an image of ${width} x ${height}.`,
    );
  }
  const hole = dilate(mask, Math.round(grow));
  const data = Uint8Array.from(rgb);
  const known = Float32Array.from(hole, (value) => 1 - value);
  for (let c = 0; c < 3; c++) {
    const plane = new Float32Array(width * height);
    for (let p = 0; p < plane.length; p++) plane[p] = rgb[3 * p + c] * known[p];
    const filled = pushPull(plane, known, width, height);
    const smooth = gaussianBlurPlane(filled, width, height, 2); // hides the blocks of the coarse levels
    for (let p = 0; p < plane.length; p++) if (hole[p]) data[3 * p + c] = Math.round(smooth[p]);
  }
  return { data, width, height, channels: 3 };
}

/** `sums` holds value x weight; the result holds values everywhere. */
function pushPull(sums: Float32Array, weights: Float32Array, width: number, height: number): Float32Array {
  if (weights.every((weight) => weight > 0)) return sums.map((sum, p) => sum / weights[p]);
  if (width === 1 && height === 1) return Float32Array.of(128);
  const w = Math.ceil(width / 2);
  const h = Math.ceil(height / 2);
  const coarseSums = new Float32Array(w * h);
  const coarseWeights = new Float32Array(w * h);
  for (let r = 0, p = 0; r < height; r++) {
    for (let c = 0; c < width; c++, p++) {
      const q = (r >> 1) * w + (c >> 1);
      coarseSums[q] += sums[p];
      coarseWeights[q] += weights[p];
    }
  }
  for (let q = 0; q < w * h; q++) {
    const cap = Math.max(1, coarseWeights[q]); // weights stay in [0, 1]
    coarseSums[q] /= cap;
    coarseWeights[q] /= cap;
  }
  const coarse = pushPull(coarseSums, coarseWeights, w, h);
  const result = new Float32Array(width * height);
  for (let r = 0, p = 0; r < height; r++) {
    for (let c = 0; c < width; c++, p++) {
      result[p] = sums[p] + (1 - weights[p]) * between(coarse, w, h, (r - 0.5) / 2, (c - 0.5) / 2);
    }
  }
  return result;
}

/** Bilinear value at a place of the coarse level, edges clamped. */
function between(plane: Float32Array, width: number, height: number, row: number, column: number): number {
  const r = Math.min(height - 1, Math.max(0, row));
  const c = Math.min(width - 1, Math.max(0, column));
  const r0 = Math.floor(r);
  const c0 = Math.floor(c);
  const r1 = Math.min(height - 1, r0 + 1);
  const c1 = Math.min(width - 1, c0 + 1);
  const upper = plane[r0 * width + c0] * (1 - c + c0) + plane[r0 * width + c1] * (c - c0);
  const lower = plane[r1 * width + c0] * (1 - c + c0) + plane[r1 * width + c1] * (c - c0);
  return upper * (1 - r + r0) + lower * (r - r0);
}

function dilate({ data, width, height }: Mask, reach: number): Uint8Array {
  const rows = new Uint8Array(data.length);
  const output = new Uint8Array(data.length);
  for (let p = 0; p < data.length; p++) {
    if (!data[p]) continue;
    const c = p % width;
    rows.fill(1, p - Math.min(reach, c), p + Math.min(reach, width - 1 - c) + 1);
  }
  for (let p = 0; p < data.length; p++) {
    if (!rows[p]) continue;
    const r = Math.floor(p / width);
    for (let q = Math.max(0, r - reach); q <= Math.min(height - 1, r + reach); q++)
      output[q * width + (p % width)] = 1;
  }
  return output;
}
