import { eMeasure } from './e-measure.ts';
import { fMeasure } from './f-measure.ts';
import { sMeasure } from './s-measure.ts';
import { saliencyPair, type SaliencyImages } from './saliency-input.ts';
import { weightedFMeasure } from './weighted-f-measure.ts';

/** All in [0, 1] (the E-measures a little above at best); only `mae` is better when smaller. */
export interface SaliencyScores {
  readonly mae: number;
  readonly adaptiveF: number;
  readonly maxF: number;
  readonly meanF: number;
  readonly weightedF: number;
  readonly sMeasure: number;
  readonly adaptiveE: number;
  readonly maxE: number;
  readonly meanE: number;
}

/**
 * The salient-object measures of one image, in double precision: MAE, F (beta^2 0.3), weighted F (beta 1), S (alpha 0.5), E.
 *
 * A data set's figure is the mean over images of `mae`, the adaptive and weighted measures and S; for max F and max E average the *curves* first
 * (`saliencyCurves`), as pysodmetrics does.
 *
 * @throws Error when prediction and ground truth are not both [height, width]
 * @see pysodmetrics 1.6.2, whose order of operations is kept
 */
export function saliencyMetrics(images: SaliencyImages): SaliencyScores {
  const pair = saliencyPair(images, 'saliencyMetrics');
  const { prediction, mask } = pair;
  const absolute = prediction.reduce((sum, value, at) => sum + Math.abs(value - mask[at]), 0);
  const f = fMeasure(pair);
  const e = eMeasure(pair);
  return {
    mae: absolute / mask.length,
    adaptiveF: f.adaptive,
    maxF: Math.max(...f.curve),
    meanF: average(f.curve),
    weightedF: weightedFMeasure(pair),
    sMeasure: sMeasure(pair),
    adaptiveE: e.adaptive,
    maxE: Math.max(...e.curve),
    meanE: average(e.curve),
  };
}

/** The F and E curves of one image over thresholds 255 … 0, for averaging over a data set. */
export function saliencyCurves(images: SaliencyImages): {
  readonly f: Float64Array;
  readonly e: Float64Array;
} {
  const pair = saliencyPair(images, 'saliencyCurves');
  return { f: fMeasure(pair).curve, e: eMeasure(pair).curve };
}

function average(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
