import { nearestForeground } from './nearest-foreground.ts';
import { area, type SaliencyPair } from './saliency-input.ts';

const EPSILON = 2 ** -52;
const RADIUS = 3; // 7 x 7 Gaussian of sigma 5
const SIGMA = 5;

/** Weighted F-measure with beta = 1 (Margolin et al. 2014); 0 for an empty mask. */
export function weightedFMeasure({ prediction, mask, height, width }: SaliencyPair): number {
  const positives = area(mask);
  if (positives === 0) return 0;
  const error = prediction.map((value, at) => Math.abs(value - mask[at]));
  const { index, distance } = nearestForeground(mask, height, width);
  const smooth = blurred(
    error.map((value, at) => (mask[at] ? value : error[index[at]])),
    height,
    width,
  );
  let [inside, outside] = [0, 0];
  error.forEach((value, at) => {
    if (mask[at]) inside += Math.min(value, smooth[at]);
    else outside += value * (2 - Math.exp((Math.log(0.5) / 5) * distance[at]));
  });
  const recall = 1 - inside / positives;
  const precision = (positives - inside) / (positives - inside + outside + EPSILON);
  return (2 * recall * precision) / (recall + precision + EPSILON);
}

/** 7 x 7 Gaussian filter with zeros beyond the border. */
function blurred(values: Float64Array, height: number, width: number): Float64Array {
  const taps = Array.from({ length: 2 * RADIUS + 1 }, (_, at) =>
    Math.exp(-((at - RADIUS) ** 2) / (2 * SIGMA ** 2)),
  );
  const total = taps.reduce((sum, tap) => sum + tap, 0);
  const weights = taps.map((tap) => tap / total);
  const pass = (
    source: Float64Array,
    length: number,
    stride: number,
    lines: number,
    next: number,
  ): Float64Array => {
    const result = new Float64Array(source.length);
    for (let line = 0; line < lines; line++) {
      for (let place = 0; place < length; place++) {
        let sum = 0;
        for (let offset = -RADIUS; offset <= RADIUS; offset++) {
          const other = place + offset;
          if (other >= 0 && other < length)
            sum += weights[offset + RADIUS] * source[line * next + other * stride];
        }
        result[line * next + place * stride] = sum;
      }
    }
    return result;
  };
  return pass(pass(values, width, 1, height, width), height, width, width, 1);
}
