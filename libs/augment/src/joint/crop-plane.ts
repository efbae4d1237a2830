import type { Box } from '../image.ts';
import { resampleWeights } from '../ops/resample-weights.ts';
import { checkBox } from '../ops/resized-crop.ts';
import { checkPlane, floatPlane, type Plane } from '../plane.ts';
import type { ViewParams } from '../views/sample-view.ts';

/**
 * The part of a mask or map that a view shows, at the view's size: cropped, resized and mirrored as the image was.
 *
 * @param plane - [H, W] of the image's size
 * @param params - what was drawn for the view; colour and blur do not move pixels and are ignored
 * @param size - height and width of the result
 * @param resampling - 'area' (antialiased bilinear, for soft maps) or 'nearest' (for class and instance numbers)
 * @returns float32 [size, size]; 'area' in [0, 1], 'nearest' with the plane's own values
 * @throws RangeError for a malformed plane or a crop that leaves it
 */
export function cropPlane(
  plane: Plane,
  params: Pick<ViewParams, 'crop' | 'flip'>,
  size: number,
  resampling: 'area' | 'nearest',
): Plane {
  checkPlane(plane, 'cropPlane');
  checkBox(params.crop, plane, 'cropPlane');
  if (!(Number.isInteger(size) && size > 0))
    throw new RangeError(`cropPlane: size must be a positive integer, got ${size}.`);
  const data = resampling === 'area' ? area(plane, params.crop, size) : nearest(plane, params.crop, size);
  if (params.flip) for (let y = 0; y < size; y++) data.subarray(y * size, (y + 1) * size).reverse();
  return { data, height: size, width: size };
}

function nearest(plane: Plane, { top, left, height, width }: Box, size: number): Float32Array {
  const data = new Float32Array(size * size);
  for (let y = 0; y < size; y++) {
    const row = top + Math.floor(((y + 0.5) * height) / size);
    for (let x = 0; x < size; x++) {
      data[y * size + x] = plane.data[row * plane.width + left + Math.floor(((x + 0.5) * width) / size)];
    }
  }
  return data;
}

function area(plane: Plane, { top, left, height, width }: Box, size: number): Float32Array {
  const source = floatPlane(plane);
  const rows = resampleWeights(height, size, 'bilinear');
  const columns = resampleWeights(width, size, 'bilinear');
  const data = new Float32Array(size * size);
  for (let y = 0; y < size; y++) {
    for (let x = 0; x < size; x++) {
      let sum = 0;
      for (let i = 0; i < rows.taps; i++) {
        const from = (top + rows.first[y] + i) * plane.width + left + columns.first[x];
        const weight = rows.weights[y * rows.taps + i];
        for (let j = 0; j < columns.taps; j++)
          sum += weight * columns.weights[x * columns.taps + j] * source[from + j];
      }
      data[y * size + x] = sum;
    }
  }
  return data;
}
