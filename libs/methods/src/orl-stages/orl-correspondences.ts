import { renderView, type Box, type ChannelStatistics, type ImageSource } from '@fovea/augment';
import type { Backbone } from '@fovea/backbones';
import { l2Normalize, tf, topK, type Tensor2D } from '@fovea/tensorflow';
import { checkOptionNames } from './check-option-names.ts';
import { keptRegions, type KeptRegionsOptions } from './kept-regions.ts';
import { matchedRegions } from './orl-regions.ts';
import { regionProposals } from './region-proposals.ts';

/** How ORL's second stage looks at a set. */
export interface OrlStageOptions {
  /** Side in pixels of images and regions as the network sees them. */
  readonly size: number;
  readonly normalize: ChannelStatistics;
  /** Nearest neighbours of an image. Default 10. */
  readonly neighbours?: number;
  /** Pairs of regions kept a neighbour, as a share of the image's own regions; at least one pair. Default 0.1. */
  readonly pairShare?: number;
  readonly regions?: KeptRegionsOptions;
  /** Boxes of an image, best first, in place of `regionProposals`: annotated, selective search's, or those of a saliency map. */
  readonly proposals?: (index: number) => readonly Box[];
  /** Images of one forward pass. Default 100. */
  readonly batch?: number;
}

/** A region of an image and the region of a neighbour that looks like it. */
export interface RegionPair {
  readonly own: Box;
  readonly other: Box;
  /** Cosine of their features. */
  readonly similarity: number;
}

/** What the second stage hands to the third, by the index of the image. */
export interface OrlCorrespondences {
  readonly regions: readonly (readonly Box[])[];
  /** [N][K], nearest first, never the image itself. */
  readonly neighbours: readonly Int32Array[];
  /** [N][K], the pairs of each neighbour, best first. */
  readonly pairs: readonly (readonly (readonly RegionPair[])[])[];
}

/**
 * ORL, second stage: the nearest neighbours of every image by the features of the first stage, and the regions of both that look most alike.
 *
 * @param images - the set; two at least
 * @param backbone - trained by the first stage (BYOL); its pooled features in evaluation mode are compared by their cosine
 * @returns a pure function of images, weights and options
 * @throws RangeError for a set of one image and for options out of range
 *
 * Source: Xie et al. 2021 (ORL), sections 3.1 and 3.2; Jiahao000/ORL (10 neighbours, a tenth of the regions, size 224).
 *
 * @example
 * const found = orlCorrespondences(train, stage1.backbone, { size: 224, normalize: IMAGENET_STATISTICS });
 * found.pairs[0][0][0]; // { own, other, similarity } of image 0 and its nearest neighbour
 */
export function orlCorrespondences(
  images: ImageSource,
  backbone: Backbone,
  options: OrlStageOptions,
): OrlCorrespondences {
  checkOptionNames('orlCorrespondences', options, OPTIONS);
  const { neighbours: wanted = 10, pairShare = 0.1, batch = 100 } = options;
  const { length } = images;
  if (length < 2) throw new RangeError(`orlCorrespondences: images must be 2 at least, got ${length}.`);
  if (!(pairShare > 0 && pairShare <= 1)) {
    throw new RangeError(`orlCorrespondences: pairShare must lie in (0, 1], got ${pairShare}.`);
  }
  if (!(Number.isInteger(wanted) && wanted >= 1)) {
    throw new RangeError(`orlCorrespondences: neighbours must be an integer >= 1, got ${wanted}.`);
  }
  const { proposals = (index: number) => regionProposals(images.image(index)) } = options;
  const regions = Array.from({ length }, (_, index) => keptRegions(proposals(index), options.regions));
  const whole = regions.map((_, index): Place => {
    const { height, width } = images.image(index);
    return { index, box: { top: 0, left: 0, height, width } };
  });
  const neighbours = nearest(
    featuresOf(images, backbone, whole, options, batch),
    Math.min(wanted, length - 1),
    batch,
  );
  const places = regions.flatMap((boxes, index) => boxes.map((box): Place => ({ index, box })));
  const rows = featuresOf(images, backbone, places, options, batch);
  let from = 0;
  const features = regions.map((boxes) => rows.slice(from, (from += boxes.length)));
  const pairs = regions.map((own, index) =>
    [...neighbours[index]].map((other) => {
      const count = Math.max(1, Math.floor(pairShare * own.length));
      return matchedRegions(features[index], features[other], count).map(
        ({ region, match, similarity }): RegionPair => ({
          own: own[region],
          other: regions[other][match],
          similarity,
        }),
      );
    }),
  );
  return { regions, neighbours, pairs };
}

const OPTIONS = ['size', 'normalize', 'neighbours', 'pairShare', 'regions', 'proposals', 'batch'];

interface Place {
  readonly index: number;
  readonly box: Box;
}

/** Pooled features of parts of images, each resized to a square, one row a part. */
function featuresOf(
  images: ImageSource,
  backbone: Backbone,
  places: readonly Place[],
  { size, normalize }: Pick<OrlStageOptions, 'size' | 'normalize'>,
  batch: number,
): Float32Array[] {
  const recipe = {
    size,
    crop: { scale: [1, 1], ratio: [1, 1], interpolation: 'bilinear' },
    flip: 0,
    jitter: null,
    grayscale: 0,
    blur: null,
    solarize: null,
    normalize,
  } as const;
  const rows: Float32Array[] = [];
  const stride = size * size * 3;
  for (let from = 0; from < places.length; from += batch) {
    const some = places.slice(from, from + batch);
    const data = new Float32Array(some.length * stride);
    some.forEach(({ index, box }, row) => {
      const params = {
        crop: box,
        flip: false,
        jitter: null,
        grayscale: false,
        blurSigma: null,
        solarize: false,
      };
      renderView(images.image(index), recipe, params, data, row * stride);
    });
    const flat = tf.tidy(() =>
      backbone.forward(tf.tensor4d(data, [some.length, size, size, 3]), 'eval').dataSync(),
    ) as Float32Array;
    const width = flat.length / some.length;
    for (let row = 0; row < some.length; row++) rows.push(flat.slice(row * width, (row + 1) * width));
  }
  return rows;
}

/** The rows with the largest cosines to each row, itself left out. */
function nearest(rows: readonly Float32Array[], count: number, batch: number): Int32Array[] {
  const [N, D] = [rows.length, rows[0].length];
  const flat = new Float32Array(N * D);
  rows.forEach((row, at) => flat.set(row, at * D));
  const bank_ND = tf.tidy(() => l2Normalize(tf.tensor2d(flat, [N, D])));
  const found: Int32Array[] = [];
  for (let from = 0; from < N; from += batch) {
    const size = Math.min(batch, N - from);
    const order = tf.tidy(() => {
      const cosine_BN = tf.matMul(tf.slice(bank_ND, [from, 0], [size, D]), bank_ND, false, true);
      return topK(cosine_BN as Tensor2D, count + 1).indices.dataSync() as Int32Array;
    });
    for (let row = 0; row < size; row++) {
      const own = order.subarray(row * (count + 1), (row + 1) * (count + 1));
      found.push(own.filter((other) => other !== from + row).subarray(0, count));
    }
  }
  bank_ND.dispose();
  return found;
}
