import { minMax } from './min-max.ts';
import { checkRange, withDefaults } from './options.ts';
import { checkGraph, linkBoundary, pairDistances, twoRing } from './region-distances.ts';
import { solvePositive } from './solve-positive.ts';
import type { SuperpixelGraph } from './superpixel-graph.ts';

/** Constants of the absorbing Markov chain. */
export interface AbsorbingMarkovChainOptions {
  /** Sharpness of the weight of a colour distance scaled to [0, 1]. The paper's sigma^2 = 0.1 is theta = 10. */
  theta: number;
  /** Mass of the virtual absorbing copies of boundary regions. */
  absorb: number;
}

/** Absorbed time of every region, and what becomes of it. */
export interface AbsorbingMarkovChain {
  readonly time: Float64Array; // [n], expected steps until absorbed
  readonly saliency: Float64Array; // [n], time scaled to [0, 1]
  /** Concentration of the histogram of `saliency` around its middle, 1..5.5. */
  readonly score: number;
  readonly second: Float64Array; // [n], time weighted by the equilibrium distribution, scaled to [0, 1]
  readonly final: Float64Array; // [n], `second` where the score is 2 or more, else `saliency`
}

/**
 * MC: a region is salient as long as a random walk from it takes to be absorbed at the border.
 *
 * w_ij = exp(-theta d_ij) + 1e-5 on 2-ring neighbours and boundary pairs, d scaled to [0, 1] over these edges, w_ii = 1;
 * Q_ij = w_ij / (sum_j w_ij + absorb sum_{b in boundary} w_ib);  time = (I - Q)^-1 1.
 * Where score = sum_t h_t min(t, 11 - t) over the 10-bin histogram is 2 or more, the right-hand side is u ~ 1 / pi, pi_i ~ sum_j w_ij.
 *
 * Both sides are multiplied by the degrees, so that the matrix is symmetric and positive definite.
 *
 * @throws Error when the graph's arrays do not agree, no region touches the boundary, or an option is out of range
 * @see Jiang et al. 2013; constants partly from a derived implementation
 */
export function absorbingMarkovChain(
  graph: Pick<SuperpixelGraph, 'lab' | 'adjacency' | 'boundary'>,
  options?: Partial<AbsorbingMarkovChainOptions>,
): AbsorbingMarkovChain {
  const n = checkGraph(graph, 'absorbingMarkovChain');
  const { theta, absorb } = withDefaults(options, { theta: 10, absorb: 1 }, 'absorbingMarkovChain');
  checkRange(theta, 0, Infinity, 'absorbingMarkovChain: theta');
  checkRange(absorb, Number.MIN_VALUE, Infinity, 'absorbingMarkovChain: absorb');
  if (!graph.boundary.some(Boolean)) throw new Error('absorbingMarkovChain: no region touches the boundary.');

  const weights = edgeWeights(graph, n, theta);
  const mass = new Float64Array(n); // sum_j w_ij
  const degree = new Float64Array(n);
  const system = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    let absorbed = 0;
    for (let j = 0; j < n; j++) {
      mass[i] += weights[i * n + j];
      if (graph.boundary[j]) absorbed += weights[i * n + j];
      system[i * n + j] = -weights[i * n + j];
    }
    degree[i] = mass[i] + absorb * absorbed;
    system[i * n + i] += degree[i];
  }
  let total = 0;
  for (const value of mass) total += 1 / value;
  const rare = degree.map((value, i) => value / mass[i] / total);
  const [time, weighted] = solvePositive(system, [degree, rare]);
  const saliency = minMax(Float64Array.from(time));
  const second = minMax(weighted);
  const score = concentration(saliency);
  return { time, saliency, score, second, final: score < 2 ? saliency : second };
}

function edgeWeights(
  graph: Pick<SuperpixelGraph, 'lab' | 'adjacency' | 'boundary'>,
  n: number,
  theta: number,
): Float64Array {
  const links = linkBoundary(twoRing(graph.adjacency, n), graph.boundary);
  const colour = pairDistances(graph.lab, 3);
  let low = Infinity;
  let high = -Infinity;
  for (let e = 0; e < links.length; e++) {
    if (!links[e]) continue;
    low = Math.min(low, colour[e]);
    high = Math.max(high, colour[e]);
  }
  const span = high > low ? high - low : 1;
  const weights = new Float64Array(n * n);
  for (let e = 0; e < links.length; e++) {
    if (links[e]) weights[e] = Math.exp((-theta * (colour[e] - low)) / span) + 1e-5;
  }
  for (let i = 0; i < n; i++) weights[i * n + i] = 1;
  return weights;
}

function concentration(values: Float64Array): number {
  let sum = 0;
  for (const value of values) {
    const bin = Math.min(9, Math.floor(10 * value)) + 1;
    sum += Math.min(bin, 11 - bin);
  }
  return sum / values.length;
}
