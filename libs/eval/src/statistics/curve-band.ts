import { summary } from './summary.ts';
import { tInterval } from './t-interval.ts';

/** A curve over seeds: one entry a point. */
export interface CurveBand {
  readonly mean: Float64Array;
  /** Standard deviation over seeds, n - 1. */
  readonly sd: Float64Array;
  /** Student t interval of the mean. */
  readonly low: Float64Array;
  readonly high: Float64Array;
}

/**
 * Mean, standard deviation and interval of the mean of curves, point by point: accuracy over epochs or label shares, over seeds.
 *
 * @param curves - two or more of one length, one a seed
 * @throws Error for fewer than two curves, lengths that differ, values that are not finite
 *
 * @example
 * curveBand([[1, 2], [3, 4]], { confidence: 0.95 }).mean; // [2, 3]
 */
export function curveBand(
  curves: readonly ArrayLike<number>[],
  { confidence }: { readonly confidence: number },
): CurveBand {
  if (curves.length < 2) throw new Error(`curveBand: needs at least two curves, got ${curves.length}.`);
  const points = curves[0].length;
  const odd = curves.findIndex((curve) => curve.length !== points);
  if (odd >= 0)
    throw new Error(`curveBand: curve ${odd} has ${curves[odd].length} points, the first ${points}.`);
  const at = Array.from({ length: points }, (_, point) => curves.map((curve) => curve[point]));
  const intervals = at.map((values) => tInterval(values, { confidence }));
  return {
    mean: Float64Array.from(at, (values) => summary(values).mean),
    sd: Float64Array.from(at, (values) => summary(values).sd),
    low: Float64Array.from(intervals, ({ low }) => low),
    high: Float64Array.from(intervals, ({ high }) => high),
  };
}
