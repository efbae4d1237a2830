import { checkRange, withDefaults } from './options.ts';
import { minMax } from './min-max.ts';
import { checkGraph, geodesicDistances, pairDistances } from './region-distances.ts';
import type { SuperpixelGraph } from './superpixel-graph.ts';

/** Switches of geodesic saliency. */
export interface GeodesicSaliencyOptions {
  /** Lab distance below which a step is free; the authors take `saliencyAdaptiveParams(graph).clip`. */
  clip: number;
  /** Take boundary regions that differ from the rest of the boundary for foreground. */
  prune: boolean;
}

/** Geodesic saliency of every region. */
export interface GeodesicSaliency {
  readonly distance: Float64Array; // [n], cost of the cheapest way to the background
  readonly kept: Uint8Array; // [n], 1 for boundary regions that count as background
  readonly saliency: Float64Array; // [n], in [0, 1]
}

/**
 * GS: a region is salient as far as every way to the image border crosses colour edges.
 *
 * distance(i) = cheapest path to a kept boundary region, edge cost max(0, |Lab_i - Lab_j| - clip), boundary regions mutually linked;
 * saliency = min(1, distance / value at the top 2% of regions).
 *
 * @throws Error when the graph's arrays do not agree or clip is negative
 * @see Wei et al. 2012, in the authors' release of RBD (GeodesicSaliency)
 */
export function geodesicSaliency(
  graph: Pick<SuperpixelGraph, 'lab' | 'position' | 'adjacency' | 'boundary'>,
  options?: Partial<GeodesicSaliencyOptions>,
): GeodesicSaliency {
  const count = checkGraph(graph, 'geodesicSaliency');
  const { clip, prune } = withDefaults(options, { clip: 0, prune: true }, 'geodesicSaliency');
  checkRange(clip, 0, Infinity, 'geodesicSaliency: clip');
  const colour = pairDistances(graph.lab, 3);
  const kept = prune ? pruneBoundary(graph, colour) : Uint8Array.from(graph.boundary);
  const geodesic = geodesicDistances(graph.adjacency, graph.boundary, colour, clip);
  const distance = new Float64Array(count).fill(Infinity);
  for (let i = 0; i < count; i++) {
    for (let b = 0; b < count; b++) if (kept[b]) distance[i] = Math.min(distance[i], geodesic[i * count + b]);
    if (distance[i] === Infinity) distance[i] = 0; // an image without background, or an island
  }
  const sorted = Float64Array.from(distance).sort().reverse();
  const top = sorted[Math.max(1, Math.round(0.02 * count)) - 1];
  const saliency = distance.map((value) => (top > 0 ? Math.min(1, value / top) : 0));
  return { distance, kept, saliency };
}

function pruneBoundary(
  graph: Pick<SuperpixelGraph, 'position' | 'boundary'>,
  colour: Float64Array,
): Uint8Array {
  const count = graph.boundary.length;
  const place = pairDistances(graph.position, 2);
  const border = [...graph.boundary.keys()].filter((i) => graph.boundary[i]);
  const nearest = Math.max(1, Math.round((5 * count) / 200));
  const apart = Float64Array.from(border, (i) => {
    const others = border
      .filter((j) => j !== i)
      .map((j) => colour[i * count + j] / (1 + 3 * place[i * count + j]));
    const closest = others.sort((a, b) => a - b).slice(0, nearest);
    return closest.reduce((sum, value) => sum + value, 0) / Math.max(1, closest.length);
  });
  const kept = Uint8Array.from(graph.boundary);
  const spread = border.length === 0 ? 0 : Math.max(...apart) - Math.min(...apart);
  if (spread <= 1) return kept;
  minMax(apart);
  border.forEach((i, index) => {
    if (apart[index] > 0.5) kept[i] = 0;
  });
  return kept;
}
