import { type Key, Stream } from '@fovea/random';
import type { Box } from '../image.ts';
import { checkPlane, type Plane } from '../plane.ts';
import { centralCrop, checkCropRange, type CropRange, drawCropSize } from '../views/random-resized-crop.ts';

/**
 * Draws a crop whose centre is a point drawn in proportion to a saliency map, moved inwards where the crop would leave the image. [RECON]
 *
 * Size as in {@link randomResizedCrop}. A map without any mass counts as uniform.
 *
 * @param map - [h, w] of any resolution, laid over the whole image
 * @throws RangeError for a malformed map or ranges out of bounds
 *
 * Source: SGCL (Chen et al.) says that the saliency map chooses the crops; how is our reconstruction.
 */
export function saliencyCrop(height: number, width: number, range: CropRange, map: Plane, key: Key): Box {
  checkPlane(map, 'saliencyCrop');
  checkCropRange(range, 'saliencyCrop');
  return drawSaliencyCrop(height, width, range, map, new Stream(key));
}

/** {@link saliencyCrop} without checks. */
export function drawSaliencyCrop(
  height: number,
  width: number,
  range: CropRange,
  map: Plane,
  draw: Stream,
): Box {
  const size = drawCropSize(height, width, range, draw);
  if (size === undefined) return centralCrop(height, width, range);
  const cell = drawCell(map, draw);
  const y = ((Math.floor(cell / map.width) + draw.uniform()) / map.height) * height;
  const x = (((cell % map.width) + draw.uniform()) / map.width) * width;
  const inside = (centre: number, crop: number, length: number): number =>
    Math.min(Math.max(Math.round(centre - crop / 2), 0), length - crop);
  return { top: inside(y, size.height, height), left: inside(x, size.width, width), ...size };
}

function drawCell({ data }: Plane, draw: Stream): number {
  let mass = 0;
  for (const value of data) mass += value;
  if (!(mass > 0)) return draw.integer(0, data.length);
  let rest = draw.uniform() * mass;
  for (let cell = 0; cell < data.length; cell++) {
    rest -= data[cell];
    if (rest < 0) return cell;
  }
  return data.findLastIndex((value) => value > 0); // rounding left a rest
}
