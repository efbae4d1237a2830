import type { Box } from '@fovea/augment';
import { Stream, type Key } from '@fovea/random';
import { boxOverlap } from './box-overlap.ts';

/** Size of an image in pixels. */
interface Size {
  readonly height: number;
  readonly width: number;
}

/**
 * A jittered copy of a region, ORL's intra-region pair: shifted by up to half its size each way, its area times 0.5 to 2, its width over
 * height 0.5 to 2 (log-uniform), inside of the image, with an intersection over union above 0.5; the region itself after 200 tries.
 *
 * Source: Jiahao000/ORL.
 */
export function jitteredRegion(region: Box, image: Size, key: Key): Box {
  const draw = new Stream(key);
  const [y, x] = [region.top + region.height / 2, region.left + region.width / 2];
  for (let attempt = 0; attempt < 200; attempt++) {
    const centreY = y + region.height * draw.uniform(-0.5, 0.5);
    const centreX = x + region.width * draw.uniform(-0.5, 0.5);
    const area = region.height * region.width * draw.uniform(0.5, 2);
    const shape = Math.exp(draw.uniform(Math.log(0.5), Math.log(2)));
    const [height, width] = [Math.round(Math.sqrt(area / shape)), Math.round(Math.sqrt(area * shape))];
    const box = {
      top: Math.round(centreY - height / 2),
      left: Math.round(centreX - width / 2),
      height,
      width,
    };
    const fits = height > 0 && width > 0 && box.top >= 0 && box.left >= 0;
    if (!fits || box.top + height > image.height || box.left + width > image.width) continue;
    if (boxOverlap(region, box) > 0.5) return box;
  }
  return region;
}

/** A pair of regions of an image and of its neighbour, by their numbers. */
export interface RegionMatch {
  readonly region: number;
  readonly match: number;
  /** Cosine of their features. */
  readonly similarity: number;
}

/**
 * ORL's second stage for one image and one of its nearest neighbours: the pairs of regions whose features have the largest cosine, best first.
 *
 * @param own - features of the image's regions
 * @param other - features of the neighbour's regions
 * @param count - pairs wanted
 *
 * Source: Xie et al. 2021 (ORL), section 3.2.
 */
export function matchedRegions(
  own: readonly Float32Array[],
  other: readonly Float32Array[],
  count: number,
): RegionMatch[] {
  const pairs = own.flatMap((a, region) =>
    other.map((b, match) => ({ region, match, similarity: cosine(a, b) })),
  );
  return pairs.sort((first, second) => second.similarity - first.similarity).slice(0, count);
}

function cosine(a: Float32Array, b: Float32Array): number {
  let [product, squaresA, squaresB] = [0, 0, 0];
  for (let at = 0; at < a.length; at++) {
    product += a[at] * b[at];
    squaresA += a[at] ** 2;
    squaresB += b[at] ** 2;
  }
  return product / Math.max(Math.sqrt(squaresA * squaresB), 1e-12);
}
