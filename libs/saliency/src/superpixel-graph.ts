import { rgbBytes, type Image } from './image.ts';
import { checkRange, withDefaults } from './options.ts';
import { rgbToLab } from './rgb-to-lab.ts';
import type { Superpixels } from './slic.ts';

/** What the graph-based estimators know of an image: n regions, their colours, places and contacts. */
export interface SuperpixelGraph {
  readonly meanRgb: Float64Array; // [n, 3], 0..255
  readonly lab: Float64Array; // [n, 3], Lab of the mean colour
  readonly position: Float64Array; // [n, 2], mean (row, column) in (0, 1]
  readonly adjacency: Uint8Array; // [n, n], 1 where two regions touch; symmetric, zero diagonal
  readonly boundary: Uint8Array; // [n], 1 where a region reaches into the band along the border
}

/** How to look at the border. */
export interface SuperpixelGraphOptions {
  /** Width in pixels of the band that makes a region a boundary region. */
  band: number;
}

/**
 * The region graph of an image and its superpixels: mean colour and place, 4-neighbour contact, boundary regions.
 *
 * @throws Error when image and superpixels differ in size, or the band is below one pixel
 * @see Zhu et al. 2014, authors' release: band of 8 pixels
 *
 * @example
 * const graph = superpixelGraph(image, slic(image));
 */
export function superpixelGraph(
  image: Image,
  superpixels: Superpixels,
  options?: Partial<SuperpixelGraphOptions>,
): SuperpixelGraph {
  const rgb = rgbBytes(image, 'superpixelGraph');
  const { band } = withDefaults(options, { band: 8 }, 'superpixelGraph');
  checkRange(band, 1, Infinity, 'superpixelGraph: band');
  const { labels, count, width, height } = superpixels;
  if (image.width !== width || image.height !== height) {
    throw new Error(
      `superpixelGraph: superpixels of ${width} x ${height} do not fit an image of ${image.width} x ${image.height}.`,
    );
  }
  const meanRgb = new Float64Array(count * 3);
  const position = new Float64Array(count * 2);
  const sizes = new Float64Array(count);
  const adjacency = new Uint8Array(count * count);
  const boundary = new Uint8Array(count);
  for (let r = 0, p = 0; r < height; r++) {
    for (let c = 0; c < width; c++, p++) {
      const k = labels[p];
      sizes[k]++;
      meanRgb[3 * k] += rgb[3 * p];
      meanRgb[3 * k + 1] += rgb[3 * p + 1];
      meanRgb[3 * k + 2] += rgb[3 * p + 2];
      position[2 * k] += (r + 1) / height;
      position[2 * k + 1] += (c + 1) / width;
      if (c + 1 < width) touch(adjacency, count, k, labels[p + 1]);
      if (r + 1 < height) touch(adjacency, count, k, labels[p + width]);
      if (r < band || c < band || height - r <= band || width - c <= band) boundary[k] = 1;
    }
  }
  for (let k = 0; k < count; k++) {
    if (sizes[k] === 0) throw new Error(`superpixelGraph: superpixel ${k} of ${count} has no pixel.`);
    for (let d = 0; d < 3; d++) meanRgb[3 * k + d] /= sizes[k];
    for (let d = 0; d < 2; d++) position[2 * k + d] /= sizes[k];
  }
  return { meanRgb, lab: Float64Array.from(rgbToLab(meanRgb)), position, adjacency, boundary };
}

function touch(adjacency: Uint8Array, count: number, a: number, b: number): void {
  if (a === b) return;
  adjacency[a * count + b] = 1;
  adjacency[b * count + a] = 1;
}
