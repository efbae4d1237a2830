import { checkGraph, pairDistances, twoRing } from './region-distances.ts';
import type { SuperpixelGraph } from './superpixel-graph.ts';

/** Constants of the graph-based estimators, taken from the image itself. All in units of Lab distance. */
export interface SaliencyAdaptiveParams {
  /** Mean over regions of the smallest distance to a neighbour. */
  readonly m1: number;
  /** Mean of the largest 1% of the distances between neighbours. */
  readonly mTop: number;
  /** As m1, over neighbours and neighbours' neighbours. */
  readonly m2: number;
  /** Distance below which an edge of the geodesic graph is free: m2. */
  readonly clip: number;
  /** Scale of geodesic distances. */
  readonly geoSigma: number;
  /** Scale of the smoothness term. */
  readonly neiSigma: number;
}

/**
 * The adaptive constants of the authors' release of RBD.
 *
 * clip = m2;  geoSigma = max(5, min(10, 3 m1, mTop / 10));  neiSigma = min(3 m1, 0.2 mTop, 20)
 *
 * A single region has no neighbour: its distances count as 0.
 *
 * @throws Error when the graph's arrays do not agree
 * @see Zhu et al. 2014, authors' EstimateDynamicParas
 */
export function saliencyAdaptiveParams(
  graph: Pick<SuperpixelGraph, 'lab' | 'adjacency'>,
): SaliencyAdaptiveParams {
  const count = checkGraph(graph, 'saliencyAdaptiveParams');
  const colour = pairDistances(graph.lab, 3);
  const contacts: number[] = [];
  for (let e = 0; e < colour.length; e++) if (graph.adjacency[e]) contacts.push(colour[e]);
  contacts.sort((a, b) => b - a);
  const top = contacts.slice(0, Math.max(1, Math.round(0.01 * contacts.length)));
  const mTop = top.length === 0 ? 0 : top.reduce((sum, value) => sum + value, 0) / top.length;
  const m1 = meanNearest(colour, graph.adjacency, count);
  const m2 = meanNearest(colour, twoRing(graph.adjacency, count), count);
  return {
    m1,
    mTop,
    m2,
    clip: m2,
    geoSigma: Math.max(5, Math.min(10, 3 * m1, mTop / 10)),
    neiSigma: Math.min(3 * m1, 0.2 * mTop, 20),
  };
}

function meanNearest(colour: Float64Array, links: ArrayLike<number>, count: number): number {
  let sum = 0;
  for (let i = 0; i < count; i++) {
    let nearest = Infinity;
    for (let j = 0; j < count; j++)
      if (links[i * count + j]) nearest = Math.min(nearest, colour[i * count + j]);
    if (nearest !== Infinity) sum += nearest;
  }
  return sum / count;
}
