import type { Box, ByteImage } from '@fovea/augment';
import { slic, superpixelGraph } from '@fovea/saliency';
import { checkOptionNames } from './check-option-names.ts';

/** How proposals are found and which are kept. */
export interface RegionProposalOptions {
  /** Pixels of a superpixel that grouping starts from. Default: a hundredth of the image. */
  readonly pixelsPerRegion?: number;
}

/**
 * Boxes of regions that may be objects, in the manner of selective search: superpixels are merged, the two most alike neighbours first, until one
 * is left; every region on the way proposes its bounding box, the whole image last of all and larger regions before smaller ones.
 *
 *     alike(a, b) = exp(-|Lab_a - Lab_b| / 20) + (1 - (n_a + n_b) / n) + (1 - (box(a, b) - n_a - n_b) / n)
 *
 * @param image - RGB
 * @returns different boxes in whole pixels, larger first, a box with the size of the image at the end
 *
 * Source: Uijlings et al. 2013, section 3.2 (colour, size and fill). Difference: mean Lab colours of SLIC superpixels in place of histograms of
 * Felzenszwalb's, one grouping in one colour space, no texture.
 *
 * @example
 * regionProposals(image).length; // at most 2 n - 1 for n superpixels
 */
export function regionProposals(image: ByteImage, options: RegionProposalOptions = {}): Box[] {
  checkOptionNames('regionProposals', options, ['pixelsPerRegion']);
  const { height, width } = image;
  const pixels = height * width;
  const { pixelsPerRegion = Math.max(4, pixels / 100) } = options;
  const superpixels = slic(image, { pixelsPerRegion });
  const { lab, adjacency } = superpixelGraph(image, superpixels);
  const { count, labels } = superpixels;
  const regions = startRegions(labels, count, lab, width);
  // Of each region its neighbours and how alike they are.
  const neighbours = regions.map(() => new Map<number, number>());
  const meet = (a: number, b: number): void => {
    const value = likeness(regions[a], regions[b], pixels);
    neighbours[a].set(b, value);
    neighbours[b].set(a, value);
  };
  for (let a = 0; a < count; a++) {
    for (let b = a + 1; b < count; b++) if (adjacency[a * count + b] === 1) meet(a, b);
  }
  const alive = new Set(regions.keys());
  while (alive.size > 1) {
    const pair = mostAlike(neighbours, alive);
    if (pair === undefined) break;
    const [a, b] = pair;
    const joined = regions.push(merged(regions[a], regions[b])) - 1;
    const around = new Set([...neighbours[a].keys(), ...neighbours[b].keys()]);
    neighbours.push(new Map());
    alive.add(joined);
    for (const gone of pair) {
      around.delete(gone);
      alive.delete(gone);
    }
    for (const k of around) {
      for (const gone of pair) neighbours[k].delete(gone);
      meet(k, joined);
    }
  }
  return distinct(regions.map(boxOf).sort((a, b) => b.height * b.width - a.height * a.width));
}

interface Region {
  readonly size: number;
  readonly lab: readonly number[];
  readonly top: number;
  readonly left: number;
  readonly bottom: number;
  readonly right: number;
}

function startRegions(labels: Int32Array, count: number, lab: Float64Array, width: number): Region[] {
  const found = Array.from({ length: count }, (_, k) => ({
    size: 0,
    lab: [...lab.subarray(3 * k, 3 * k + 3)],
    top: Infinity,
    left: Infinity,
    bottom: 0,
    right: 0,
  }));
  labels.forEach((label, at) => {
    const region = found[label];
    const [row, column] = [Math.floor(at / width), at % width];
    region.size++;
    region.top = Math.min(region.top, row);
    region.left = Math.min(region.left, column);
    region.bottom = Math.max(region.bottom, row + 1);
    region.right = Math.max(region.right, column + 1);
  });
  return found;
}

function mostAlike(
  neighbours: readonly ReadonlyMap<number, number>[],
  alive: ReadonlySet<number>,
): [number, number] | undefined {
  let best = -Infinity;
  let pair: [number, number] | undefined;
  for (const a of alive) {
    for (const [b, value] of neighbours[a]) if (value > best) [best, pair] = [value, [a, b]];
  }
  return pair;
}

function likeness(a: Region, b: Region, pixels: number): number {
  const colour = Math.exp(-Math.hypot(...a.lab.map((value, at) => value - b.lab[at])) / 20);
  const { height, width } = boxOf(merged(a, b));
  return colour + (1 - (a.size + b.size) / pixels) + (1 - (height * width - a.size - b.size) / pixels);
}

function merged(a: Region, b: Region): Region {
  const size = a.size + b.size;
  return {
    size,
    lab: a.lab.map((value, at) => (value * a.size + b.lab[at] * b.size) / size),
    top: Math.min(a.top, b.top),
    left: Math.min(a.left, b.left),
    bottom: Math.max(a.bottom, b.bottom),
    right: Math.max(a.right, b.right),
  };
}

function boxOf({ top, left, bottom, right }: Region): Box {
  return { top, left, height: bottom - top, width: right - left };
}

function distinct(boxes: readonly Box[]): Box[] {
  return [...new Map(boxes.map((box) => [[box.top, box.left, box.height, box.width].join(), box])).values()];
}
