import { type Key, Stream } from '@fovea/random';
import type { Box } from '../image.ts';
import { checkPlane, type Plane } from '../plane.ts';
import { checkCropRange, type CropRange, drawCropSize } from '../views/random-resized-crop.ts';

/** A crop and how it was found. */
export interface ConstrainedCrop {
  readonly box: Box;
  /** Share of the mask's pixels inside the box. */
  readonly coverage: number;
  /** False where 10 draws failed and the box around the mask was taken instead. */
  readonly drawn: boolean;
}

/**
 * Draws a crop that covers enough of a mask: centre from a Gaussian around the mask's centroid with the image size as standard deviation, cut so that the crop fits;
 * accepted when it covers at least `min(c, c image / mask area)` of the mask, 10 draws at most, then a box that encloses the mask, widened to the ratio
 * limits as far as the image allows.
 *
 * @param mask - [H, W] of the image's size; what is > 0.5 (bytes: > 127) belongs to it
 * @param coverage - c, in [0, 1]; CAST uses 0.2
 * @throws RangeError for a mask without a pixel, a coverage out of [0, 1] or ranges out of bounds
 *
 * Source: CAST (Selvaraju et al., CVPR 2021), section 3.1 and salesforce/CAST.
 */
export function constrainedCrop(mask: Plane, range: CropRange, coverage: number, key: Key): ConstrainedCrop {
  checkPlane(mask, 'constrainedCrop');
  checkCropRange(range, 'constrainedCrop');
  if (!(coverage >= 0 && coverage <= 1)) {
    throw new RangeError(`constrainedCrop: coverage must be in [0, 1], got ${coverage}.`);
  }
  const shape = describe(mask);
  if (shape.area === 0) throw new RangeError('constrainedCrop: the mask has no pixel. Leave the image out.');
  const { height, width } = mask;
  const needed = Math.min(coverage, (coverage * height * width) / shape.area);
  const draw = new Stream(key);
  for (let attempt = 0; attempt < 10; attempt++) {
    const size = drawCropSize(height, width, range, draw);
    if (size === undefined) continue;
    const top = drawCorner(shape.y, height, size.height, draw);
    const left = drawCorner(shape.x, width, size.width, draw);
    const box = { top, left, ...size };
    const covered = count(mask, box) / shape.area;
    if (covered >= needed) return { box, coverage: covered, drawn: true };
  }
  const box = enclose(shape.box, mask, range);
  return { box, coverage: count(mask, box) / shape.area, drawn: false };
}

function drawCorner(centre: number, length: number, crop: number, draw: Stream): number {
  if (crop === length) return 0;
  for (;;) {
    const corner = Math.round(centre + length * draw.normal() - crop / 2);
    if (corner >= 0 && corner <= length - crop) return corner;
  }
}

function inside(mask: Plane, at: number): boolean {
  return mask.data[at] > (mask.data instanceof Uint8Array ? 127 : 0.5);
}

function describe(mask: Plane): { area: number; x: number; y: number; box: Box } {
  let [area, sumX, sumY, top, left, bottom, right] = [0, 0, 0, mask.height, mask.width, 0, 0];
  for (let y = 0; y < mask.height; y++) {
    for (let x = 0; x < mask.width; x++) {
      if (!inside(mask, y * mask.width + x)) continue;
      area++;
      sumX += x + 0.5;
      sumY += y + 0.5;
      top = Math.min(top, y);
      left = Math.min(left, x);
      bottom = Math.max(bottom, y + 1);
      right = Math.max(right, x + 1);
    }
  }
  return {
    area,
    x: sumX / area,
    y: sumY / area,
    box: { top, left, height: bottom - top, width: right - left },
  };
}

function count(mask: Plane, { top, left, height, width }: Box): number {
  let sum = 0;
  for (let y = top; y < top + height; y++) {
    for (let x = left; x < left + width; x++) sum += Number(inside(mask, y * mask.width + x));
  }
  return sum;
}

function enclose(box: Box, image: Plane, { ratio }: CropRange): Box {
  const own = box.width / box.height;
  const height = own > ratio[1] ? Math.min(image.height, Math.round(box.width / ratio[1])) : box.height;
  const width = own < ratio[0] ? Math.min(image.width, Math.round(box.height * ratio[0])) : box.width;
  const around = (from: number, length: number, wanted: number, all: number): number =>
    Math.min(Math.max(from - Math.floor((wanted - length) / 2), 0), all - wanted);
  return {
    top: around(box.top, box.height, height, image.height),
    left: around(box.left, box.width, width, image.width),
    height,
    width,
  };
}
