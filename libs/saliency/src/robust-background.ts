import { minMax } from './min-max.ts';
import { checkRange, withDefaults } from './options.ts';
import { otsu } from './otsu.ts';
import { checkGraph, gaussianWeight, geodesicDistances, pairDistances, twoRing } from './region-distances.ts';
import { linkBoundary } from './region-distances.ts';
import { solvePositive } from './solve-positive.ts';
import type { SuperpixelGraph } from './superpixel-graph.ts';

/** Constants of robust background detection; the defaults are the authors' fixed ones. */
export interface RobustBackgroundOptions {
  /** Lab distance below which a step is free. */
  clip: number;
  /** Scale of geodesic distances. */
  geoSigma: number;
  /** Scale of the smoothness term. */
  neiSigma: number;
  /** Weight of the background term. */
  lambda: number;
  /** Set contrast below its Otsu threshold to zero. */
  otsu: boolean;
}

/** What robust background detection finds, step by step. */
export interface RobustBackground {
  readonly geodesic: Float64Array; // [n, n]
  readonly area: Float64Array; // [n], soft area
  readonly boundaryConnectivity: Float64Array; // [n]
  readonly backgroundProbability: Float64Array; // [n]
  readonly weightedContrast: Float64Array; // [n], in [0, 1]
  readonly otsuThreshold: number;
  readonly foregroundWeight: Float64Array; // [n]
  readonly saliency: Float64Array; // [n], solution of the least squares
  readonly saliencyNormalised: Float64Array; // [n], in [0, 1]
}

/**
 * RBD: background is what is wired to the image border; contrast against it, smoothed by least squares.
 *
 * Area(i) = sum_j g(geo_ij; geoSigma), Len over boundary j alone, BndCon = Len / sqrt(Area), p = 1 - exp(-BndCon^2 / 2);
 * wCtr(i) = sum_j |Lab_i - Lab_j| g(|pos_i - pos_j|; 0.4) p(j), scaled to [0, 1], zero below its Otsu threshold;
 * s minimises sum lambda wBg s^2 + sum wCtr (s - 1)^2 + sum w_ij (s_i - s_j)^2, with wBg = p, 1000 where BndCon > 3.
 *
 * @throws Error when the graph's arrays do not agree or an option is out of range
 * @see Zhu et al. 2014, authors' release
 */
export function robustBackground(
  graph: Pick<SuperpixelGraph, 'lab' | 'position' | 'adjacency' | 'boundary'>,
  options?: Partial<RobustBackgroundOptions>,
): RobustBackground {
  const n = checkGraph(graph, 'robustBackground');
  const defaults: RobustBackgroundOptions = { clip: 0, geoSigma: 7, neiSigma: 10, lambda: 5, otsu: true };
  const o = withDefaults(options, defaults, 'robustBackground');
  for (const name of ['clip', 'geoSigma', 'neiSigma', 'lambda'] as const) {
    checkRange(o[name], 0, Infinity, `robustBackground: ${name}`);
  }
  const colour = pairDistances(graph.lab, 3);
  const geodesic = geodesicDistances(graph.adjacency, graph.boundary, colour, o.clip);
  const { area, boundaryConnectivity, backgroundProbability } = background(
    geodesic,
    graph.boundary,
    o.geoSigma,
  );
  const weightedContrast = contrast(graph.position, colour, backgroundProbability);
  const level = o.otsu ? otsu(Uint8Array.from(weightedContrast, (v) => Math.floor(255 * v + 0.5))).middle : 0;
  const otsuThreshold = level / 255;
  const foregroundWeight = weightedContrast.map((value) => (value < otsuThreshold ? 0 : value));
  const system = smoothness(graph, colour, o.neiSigma);
  for (let i = 0; i < n; i++) {
    const wBackground = boundaryConnectivity[i] > 3 ? 1000 : backgroundProbability[i];
    system[i * n + i] += o.lambda * wBackground + foregroundWeight[i];
  }
  const anchored = foregroundWeight.some((value) => value > 0);
  const saliency = anchored ? solvePositive(system, [foregroundWeight])[0] : new Float64Array(n);
  return {
    geodesic,
    area,
    boundaryConnectivity,
    backgroundProbability,
    weightedContrast,
    otsuThreshold,
    foregroundWeight,
    saliency,
    saliencyNormalised: minMax(Float64Array.from(saliency)),
  };
}

function background(geodesic: Float64Array, boundary: ArrayLike<number>, geoSigma: number) {
  const n = boundary.length;
  const area = new Float64Array(n);
  const boundaryConnectivity = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    let length = 0;
    for (let j = 0; j < n; j++) {
      const weight = gaussianWeight(geodesic[i * n + j], geoSigma);
      area[i] += weight;
      if (boundary[j]) length += weight;
    }
    boundaryConnectivity[i] = length / Math.sqrt(area[i]);
  }
  const backgroundProbability = boundaryConnectivity.map((value) => 1 - Math.exp((-value * value) / 2));
  return { area, boundaryConnectivity, backgroundProbability };
}

function contrast(
  position: ArrayLike<number>,
  colour: Float64Array,
  probability: Float64Array,
): Float64Array {
  const n = probability.length;
  const place = pairDistances(position, 2);
  const result = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) {
      result[i] += colour[i * n + j] * gaussianWeight(place[i * n + j], 0.4) * probability[j];
    }
  }
  return minMax(result);
}

/** D - W of the smoothness term: Gaussian weights on the 2-ring and boundary pairs, 0.1 more on direct contacts. */
function smoothness(
  graph: Pick<SuperpixelGraph, 'adjacency' | 'boundary'>,
  colour: Float64Array,
  neiSigma: number,
): Float64Array {
  const n = graph.boundary.length;
  const links = linkBoundary(twoRing(graph.adjacency, n), graph.boundary);
  const laplacian = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) {
      const e = i * n + j;
      const weight = (links[e] ? gaussianWeight(colour[e], neiSigma) : 0) + (graph.adjacency[e] ? 0.1 : 0);
      laplacian[e] -= weight;
      laplacian[i * n + i] += weight;
    }
  }
  return laplacian;
}
