import { adaptiveThreshold, area, cumulativeHistograms, type SaliencyPair } from './saliency-input.ts';

const BETA_SQUARED = 0.3; // weight of precision, Achanta et al. 2009

/** F-measure with beta^2 = 0.3 at the adaptive threshold, and its curve over thresholds 255 … 0. */
export function fMeasure(pair: SaliencyPair): { readonly adaptive: number; readonly curve: Float64Array } {
  const { prediction, mask } = pair;
  const positives = area(mask);
  const threshold = adaptiveThreshold(prediction);
  let found = 0;
  let hits = 0;
  prediction.forEach((value, at) => {
    if (value < threshold) return;
    found++;
    hits += mask[at];
  });
  const adaptive = hits === 0 ? 0 : score(hits / found, hits / positives);
  const { inside, outside } = cumulativeHistograms(pair);
  const curve = Float64Array.from(inside, (count, at) =>
    score(count / Math.max(1, count + outside[at]), count / Math.max(1, positives)),
  );
  return { adaptive, curve };
}

function score(precision: number, recall: number): number {
  const numerator = (1 + BETA_SQUARED) * precision * recall;
  return numerator === 0 ? 0 : numerator / (BETA_SQUARED * precision + recall);
}
