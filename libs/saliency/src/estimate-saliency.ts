import type { Key } from '@fovea/random';
import { absorbingMarkovChain } from './absorbing-markov-chain.ts';
import { centrePrior } from './centre-prior.ts';
import { frequencyTuned } from './frequency-tuned.ts';
import { geodesicSaliency } from './geodesic-saliency.ts';
import { isConstantImage, type Image, type SaliencyMap } from './image.ts';
import { minimumBarrierDistance } from './minimum-barrier-distance.ts';
import { checkRange, withDefaults } from './options.ts';
import { randomMap } from './random-map.ts';
import { cropImage, removeFrame, type PixelBox } from './remove-frame.ts';
import { greyPlane, shrinkImage } from './resize-image.ts';
import { resizeMap } from './resize-map.ts';
import { robustBackground } from './robust-background.ts';
import { saliencyAdaptiveParams } from './saliency-adaptive-params.ts';
import { slic } from './slic.ts';
import { spectralResidual } from './spectral-residual.ts';
import { superpixelGraph, type SuperpixelGraph } from './superpixel-graph.ts';

/** The estimators that need no training, by their short names, best first. */
export const SALIENCY_ESTIMATORS = ['rbd', 'mc', 'gs', 'mbd', 'ft', 'sr', 'centre', 'random'] as const;

/**
 * rbd `robustBackground`, mc `absorbingMarkovChain`, gs `geodesicSaliency`, mbd `minimumBarrierDistance`, ft `frequencyTuned`,
 * sr `spectralResidual`, centre `centrePrior`, random `randomMap`.
 */
export type SaliencyEstimator = (typeof SALIENCY_ESTIMATORS)[number];

/** How an image is prepared for an estimator. */
export interface EstimateSaliencyOptions {
  /** Larger images are shrunk to this longer side first; the map is brought back to the image's size. */
  longest: number;
  /** Look for an artificial frame, which is never salient. */
  removeFrame: boolean;
  /** Pixels of a superpixel; small images get smaller ones, so that there are about 60. */
  pixelsPerRegion: number;
  /** Key of the random map, which needs one. */
  key: Key | null;
}

/** The constants of the authors' release of RBD; `longest` is the usual long side of the saliency sets. */
export const ESTIMATE_DEFAULTS: EstimateSaliencyOptions = {
  longest: 400,
  removeFrame: true,
  pixelsPerRegion: 600,
  key: null,
};

/**
 * Where one looks in an image, by an estimator that needs no training: values in [0, 1] at the image's size.
 *
 * A constant image has an all-zero map (the floors `centre` and `random` do not look at the image).
 *
 * @throws Error for what is no image, an unknown estimator or option, and `random` without a key
 *
 * @example
 * const map = estimateSaliency(image, 'rbd');
 */
export function estimateSaliency(
  image: Image,
  estimator: SaliencyEstimator,
  options?: Partial<EstimateSaliencyOptions>,
): SaliencyMap {
  const constant = isConstantImage(image, 'estimateSaliency');
  const o = withDefaults(options, ESTIMATE_DEFAULTS, 'estimateSaliency');
  checkRange(o.longest, 1, 4096, 'estimateSaliency: longest');
  checkRange(o.pixelsPerRegion, 1, Infinity, 'estimateSaliency: pixelsPerRegion');
  const { width, height } = image;
  if (estimator === 'centre') return centrePrior(width, height);
  if (estimator === 'random') {
    if (!o.key) throw new Error('estimateSaliency: random needs { key }; key(0) will do.');
    return randomMap(o.key, width, height);
  }
  const look = LOOKS[estimator] as ((image: Image, o: EstimateSaliencyOptions) => SaliencyMap) | undefined;
  if (!look) {
    throw new Error(
      `estimateSaliency: no estimator ${estimator}; there are ${SALIENCY_ESTIMATORS.join(', ')}.`,
    );
  }
  if (constant) return { data: new Float32Array(width * height), width, height };
  const small = shrinkImage(image, o.longest);
  const inner = o.removeFrame ? removeFrame(small) : wholeImage(small);
  const map = look(cropImage(small, inner), o);
  return resizeMap(paste(map, inner, small.width, small.height), width, height);
}

const LOOKS: Record<
  Exclude<SaliencyEstimator, 'centre' | 'random'>,
  (image: Image, o: EstimateSaliencyOptions) => SaliencyMap
> = {
  rbd: (image, o) =>
    onRegions(image, o, (graph) => {
      const { clip, geoSigma, neiSigma } = saliencyAdaptiveParams(graph);
      return robustBackground(graph, { clip, geoSigma, neiSigma }).saliencyNormalised;
    }),
  mc: (image, o) => onRegions(image, o, (graph) => absorbingMarkovChain(graph).final),
  gs: (image, o) =>
    onRegions(
      image,
      o,
      (graph) => geodesicSaliency(graph, { clip: saliencyAdaptiveParams(graph).clip }).saliency,
    ),
  mbd: (image) => minimumBarrierDistance(image),
  ft: (image) => frequencyTuned(image),
  sr: (image) => {
    const small = shrinkImage(image, 64);
    const { width, height } = small;
    const map = spectralResidual({ data: greyPlane(small), width, height });
    return resizeMap(map, image.width, image.height);
  },
};

/** Runs an estimator on the superpixel graph and gives every pixel its region's value. */
function onRegions(
  image: Image,
  o: EstimateSaliencyOptions,
  estimate: (graph: SuperpixelGraph) => Float64Array,
): SaliencyMap {
  const { width, height } = image;
  const pixelsPerRegion = Math.min(o.pixelsPerRegion, Math.max(4, (width * height) / 60));
  const superpixels = slic(image, { pixelsPerRegion });
  const band = Math.max(1, Math.min(8, Math.round(Math.min(width, height) / 20)));
  const values = estimate(superpixelGraph(image, superpixels, { band }));
  const data = new Float32Array(width * height);
  for (let p = 0; p < data.length; p++) data[p] = values[superpixels.labels[p]];
  return { data, width, height };
}

function wholeImage(image: Image): PixelBox {
  return { left: 0, top: 0, right: image.width, bottom: image.height };
}

function paste(map: SaliencyMap, box: PixelBox, width: number, height: number): SaliencyMap {
  if (map.width === width && map.height === height) return map;
  const data = new Float32Array(width * height);
  for (let r = 0; r < map.height; r++) {
    data.set(map.data.subarray(r * map.width, (r + 1) * map.width), (box.top + r) * width + box.left);
  }
  return { data, width, height };
}
