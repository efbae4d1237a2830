import { area, type SaliencyPair } from './saliency-input.ts';

const ALPHA = 0.5; // weight of the object score, Fan et al. 2017
const EPSILON = 2 ** -52;

/** Structure measure (Fan et al. 2017): half object-aware, half region-aware similarity. */
export function sMeasure(pair: SaliencyPair): number {
  const { prediction, mask } = pair;
  const share = area(mask) / mask.length;
  const average = mean(prediction);
  if (share === 0) return 1 - average;
  if (share === 1) return average;
  return Math.max(0, ALPHA * objectScore(prediction, mask, share) + (1 - ALPHA) * regionScore(pair));
}

function objectScore(prediction: Float64Array, mask: Uint8Array, share: number): number {
  const inside = prediction.filter((_, at) => mask[at] === 1);
  const outside = prediction.filter((_, at) => mask[at] === 0).map((value) => 1 - value);
  return similarity(inside) * share + similarity(outside) * (1 - share);
}

function similarity(values: Float64Array): number {
  const average = mean(values);
  const squares = values.reduce((sum, value) => sum + (value - average) ** 2, 0);
  const sd = values.length > 1 ? Math.sqrt(squares / (values.length - 1)) : 0;
  return (2 * average) / (average ** 2 + 1 + sd + EPSILON);
}

/** SSIM of the four blocks around the mask's centroid, weighted by their areas. */
function regionScore({ prediction, mask, height, width }: SaliencyPair): number {
  let [rows, columns] = [0, 0];
  mask.forEach((value, at) => {
    if (value === 0) return;
    rows += Math.floor(at / width);
    columns += at % width;
  });
  const count = area(mask);
  const cy = roundHalfEven(rows / count) + 1;
  const cx = roundHalfEven(columns / count) + 1;
  const block = (top: number, bottom: number, left: number, right: number): number =>
    ((bottom - top) * (right - left) * ssim(prediction, mask, width, top, bottom, left, right)) /
    (height * width);
  return (
    block(0, cy, 0, cx) + block(0, cy, cx, width) + block(cy, height, 0, cx) + block(cy, height, cx, width)
  );
}

function ssim(
  prediction: Float64Array,
  mask: Uint8Array,
  width: number,
  top: number,
  bottom: number,
  left: number,
  right: number,
): number {
  const N = (bottom - top) * (right - left);
  if (N === 0) return 0; // its weight is 0 as well
  const pixels = (visit: (x: number, y: number) => void): void => {
    for (let row = top; row < bottom; row++) {
      for (let at = row * width + left; at < row * width + right; at++) visit(prediction[at], mask[at]);
    }
  };
  let [x, y] = [0, 0];
  pixels((p, g) => {
    x += p / N;
    y += g / N;
  });
  let [xx, yy, xy] = [0, 0, 0];
  pixels((p, g) => {
    xx += (p - x) ** 2;
    yy += (g - y) ** 2;
    xy += (p - x) * (g - y);
  });
  const scale = N - 1 + EPSILON;
  const alpha = (4 * x * y * xy) / scale;
  const beta = (x * x + y * y) * (xx / scale + yy / scale);
  if (alpha !== 0) return alpha / (beta + EPSILON);
  return beta === 0 ? 1 : 0;
}

function mean(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function roundHalfEven(value: number): number {
  const low = Math.floor(value);
  if (value - low !== 0.5) return Math.round(value);
  return low % 2 === 0 ? low : low + 1;
}
