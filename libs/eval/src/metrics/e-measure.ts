import { adaptiveThreshold, area, cumulativeHistograms, type SaliencyPair } from './saliency-input.ts';

const EPSILON = 2 ** -52;

/**
 * Enhanced-alignment measure (Fan et al. 2018) at the adaptive threshold, and its curve over thresholds 255 … 0.
 *
 * The sum over pixels is divided by N - 1, as the authors' code does, so a perfect map scores slightly above 1.
 */
export function eMeasure(pair: SaliencyPair): { readonly adaptive: number; readonly curve: Float64Array } {
  const { prediction, mask } = pair;
  const positives = area(mask);
  const N = mask.length;
  const threshold = adaptiveThreshold(prediction);
  let [inside, outside] = [0, 0];
  prediction.forEach((value, at) => {
    if (value < threshold) return;
    if (mask[at]) inside++;
    else outside++;
  });
  const histograms = cumulativeHistograms(pair);
  return {
    adaptive: alignment(inside, outside, positives, N),
    curve: Float64Array.from(histograms.inside, (count, at) =>
      alignment(count, histograms.outside[at], positives, N),
    ),
  };
}

/** E of a binary map with `inside` foreground pixels in the mask and `outside` beyond it. */
function alignment(inside: number, outside: number, positives: number, N: number): number {
  const found = inside + outside;
  if (positives === 0) return (N - found) / (N - 1 + EPSILON);
  if (positives === N) return found / (N - 1 + EPSILON);
  const [p, g] = [found / N, positives / N];
  const term = (a: number, b: number): number => ((2 * a * b) / (a * a + b * b + EPSILON) + 1) ** 2 / 4;
  const missed = positives - inside;
  const sum =
    term(1 - p, 1 - g) * inside +
    term(1 - p, -g) * outside +
    term(-p, 1 - g) * missed +
    term(-p, -g) * (N - found - missed);
  return sum / (N - 1 + EPSILON);
}
