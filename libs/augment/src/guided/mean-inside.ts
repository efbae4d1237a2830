import { checkBox } from '../ops/resized-crop.ts';
import type { Box } from '../image.ts';
import { checkPlane, type Plane } from '../plane.ts';

/**
 * Mean of a map inside a crop of an image: the map's cells are laid over the whole image and weighted by the area they share with the crop.
 *
 * @param map - [h, w] of any resolution
 * @param image - height and width of the image that the crop belongs to
 * @throws RangeError for a malformed map or a box that leaves the image
 */
export function meanInside(
  map: Plane,
  crop: Box,
  image: { readonly height: number; readonly width: number },
): number {
  checkPlane(map, 'meanInside');
  checkBox(crop, image, 'meanInside');
  const rows = shares(map.height, crop.top / image.height, (crop.top + crop.height) / image.height);
  const columns = shares(map.width, crop.left / image.width, (crop.left + crop.width) / image.width);
  let sum = 0;
  for (const [y, rowShare] of rows) {
    for (const [x, columnShare] of columns) sum += rowShare * columnShare * map.data[y * map.width + x];
  }
  const scale = map.data instanceof Uint8Array ? 255 : 1;
  return sum / scale;
}

/**
 * Weights of crops by their saliency, with mean 1: `w_k = K s_k / sum_j s_j`; all 1 where no crop has any. [RECON]
 *
 * @param scores - [K] mean saliency of each crop, >= 0
 * @throws RangeError for an empty list or a score that is not finite and >= 0
 *
 * Source: SGCL weighs the losses of crops by their saliency scores; the normalisation is our reconstruction.
 *
 * @example
 * cropWeights([0.1, 0.3]); // [0.5, 1.5]
 */
export function cropWeights(scores: readonly number[]): number[] {
  if (scores.length === 0) throw new RangeError('cropWeights: scores must not be empty.');
  const wrong = scores.find((score) => !(score >= 0 && score < Infinity));
  if (wrong !== undefined) throw new RangeError(`cropWeights: scores must be finite and >= 0, got ${wrong}.`);
  const sum = scores.reduce((total, score) => total + score, 0);
  return scores.map((score) => (sum > 0 ? (scores.length * score) / sum : 1));
}

/** Cells of a row of `length` that [from, to] (fractions) touches, with the share of [from, to] that lies in each. */
function shares(length: number, from: number, to: number): [number, number][] {
  const cells: [number, number][] = [];
  for (let cell = Math.floor(from * length); cell < Math.min(length, Math.ceil(to * length)); cell++) {
    const shared = Math.min(to, (cell + 1) / length) - Math.max(from, cell / length);
    if (shared > 0) cells.push([cell, shared / (to - from)]);
  }
  return cells;
}
