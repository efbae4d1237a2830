import { type Key, Stream } from '@fovea/random';
import type { Box } from '../image.ts';
import { centralCrop, checkCropRange, type CropRange, drawCropSize } from '../views/random-resized-crop.ts';
import { drawBeta } from './draw-beta.ts';

/** A region in fractions of the image: [top, left, bottom, right], each in [0, 1]. */
export type FractionBox = readonly [top: number, left: number, bottom: number, right: number];

/** Options of {@link contrastiveCrop}. */
export interface ContrastiveCropOptions extends CropRange {
  /** Where the object is. */
  readonly box: FractionBox;
  /** Beta(alpha, alpha) places the crop inside its range; 0.6 suppresses the centre. > 0 */
  readonly alpha: number;
}

/**
 * Draws a crop whose centre lies in a box, rather near its border than at its centre.
 *
 * Size as in {@link randomResizedCrop}; `top = c0 + trunc((c1 - c0) b)`, b ~ Beta(alpha, alpha), `c = clamp(trunc(H edge) - floor(h / 2), 0, H - h)`
 * for the box's upper and lower edge; left likewise.
 *
 * @throws RangeError for a box that is empty or leaves [0, 1], an alpha that is not > 0 or ranges out of bounds
 *
 * Source: Peng et al., "Crafting better contrastive views" (CVPR 2022), and the authors' `ContrastiveCrop`.
 *
 * @example
 * contrastiveCrop(32, 32, { box: [0.2, 0.3, 0.8, 0.7], alpha: 0.6, scale: [0.2, 1], ratio: [3 / 4, 4 / 3] }, key(0));
 */
export function contrastiveCrop(
  height: number,
  width: number,
  options: ContrastiveCropOptions,
  key: Key,
): Box {
  checkContrastiveCrop(options, 'contrastiveCrop');
  return drawContrastiveCrop(height, width, options, new Stream(key));
}

/** @throws RangeError for a box that is empty or leaves [0, 1], an alpha that is not > 0 or ranges out of bounds */
export function checkContrastiveCrop(options: ContrastiveCropOptions, caller: string): void {
  const { box, alpha } = options;
  checkCropRange(options, caller);
  const [top, left, bottom, right] = box;
  if (!(top >= 0 && left >= 0 && top < bottom && left < right && bottom <= 1 && right <= 1)) {
    throw new RangeError(
      `${caller}: box must be 0 <= top < bottom <= 1 and 0 <= left < right <= 1, got ${box.join()}.`,
    );
  }
  if (!(alpha > 0 && Number.isFinite(alpha)))
    throw new RangeError(`${caller}: alpha must be > 0, got ${alpha}.`);
}

/** {@link contrastiveCrop} without checks. */
export function drawContrastiveCrop(
  height: number,
  width: number,
  { box, alpha, ...range }: ContrastiveCropOptions,
  draw: Stream,
): Box {
  const size = drawCropSize(height, width, range, draw);
  if (size === undefined) return centralCrop(height, width, range);
  return {
    top: place(height, size.height, box[0], box[2], alpha, draw),
    left: place(width, size.width, box[1], box[3], alpha, draw),
    ...size,
  };
}

function place(length: number, crop: number, low: number, high: number, alpha: number, draw: Stream): number {
  const corner = (edge: number): number =>
    Math.min(Math.max(Math.trunc(length * edge) - Math.floor(crop / 2), 0), length - crop);
  const from = corner(low);
  return from + Math.trunc((corner(high) - from) * drawBeta(alpha, alpha, draw));
}
