import { checkMap, rgbBytes, type Image, type SaliencyMap } from './image.ts';
import { checkRange, withDefaults } from './options.ts';
import { greyPlane } from './resize-image.ts';

/** Strength of the refinement. */
export interface GuidedFilterOptions {
  /** Half the window's side in pixels; null takes a sixteenth of the shorter side, at least 1. */
  radius: number | null;
  /** Grey variance, of values in [0, 1], below which a window counts as flat. */
  epsilon: number;
}

/**
 * Guided filter: smooths a map along its image, so that its edges fall on the image's.
 *
 * In each window map = a grey + b by ridge regression, a = cov(grey, map) / (var(grey) + epsilon); the output averages a and b over the
 * windows of a pixel. Clamped to [0, 1]. A constant map stays what it is.
 *
 * @throws Error where map and image differ in size, or an option is out of range
 * @see He et al. 2010
 */
export function guidedFilter(
  map: SaliencyMap,
  image: Image,
  options?: Partial<GuidedFilterOptions>,
): SaliencyMap {
  checkMap(map, 'guidedFilter');
  rgbBytes(image, 'guidedFilter');
  const { width, height } = map;
  if (image.width !== width || image.height !== height) {
    throw new Error(
      `guidedFilter: a map of ${width} x ${height} does not fit an image of ${image.width} x ${image.height}.`,
    );
  }
  const defaults: GuidedFilterOptions = { radius: null, epsilon: 1e-3 };
  const { radius, epsilon } = withDefaults(options, defaults, 'guidedFilter');
  const reach = radius ?? Math.max(1, Math.round(Math.min(width, height) / 16));
  checkRange(reach, 1, 4096, 'guidedFilter: radius');
  checkRange(epsilon, Number.MIN_VALUE, Infinity, 'guidedFilter: epsilon');
  const mean = (plane: Float64Array): Float64Array => boxMean(plane, width, height, reach);
  const grey = Float64Array.from(greyPlane(image));
  const values = Float64Array.from(map.data);
  const meanGrey = mean(grey);
  const meanMap = mean(values);
  const product = mean(grey.map((value, p) => value * values[p]));
  const square = mean(grey.map((value) => value * value));
  const a = product.map(
    (value, p) => (value - meanGrey[p] * meanMap[p]) / (Math.max(0, square[p] - meanGrey[p] ** 2) + epsilon),
  );
  const b = meanMap.map((value, p) => value - a[p] * meanGrey[p]);
  const meanA = mean(a);
  const meanB = mean(b);
  const data = new Float32Array(values.length);
  for (let p = 0; p < data.length; p++) data[p] = Math.min(1, Math.max(0, meanA[p] * grey[p] + meanB[p]));
  return { data, width, height };
}

/** Mean over the part of a square window that lies in the image, by running sums. */
function boxMean(plane: Float64Array, width: number, height: number, reach: number): Float64Array {
  const along = (
    input: Float64Array,
    lines: number,
    step: number,
    size: number,
    stride: number,
  ): Float64Array => {
    const output = new Float64Array(input.length);
    for (let line = 0; line < lines; line++) {
      const start = line * step;
      let sum = 0;
      for (let i = 0; i < Math.min(reach, size); i++) sum += input[start + i * stride];
      for (let i = 0; i < size; i++) {
        if (i + reach < size) sum += input[start + (i + reach) * stride];
        if (i - reach > 0) sum -= input[start + (i - reach - 1) * stride];
        output[start + i * stride] = sum / (Math.min(size - 1, i + reach) - Math.max(0, i - reach) + 1);
      }
    }
    return output;
  };
  return along(along(plane, height, width, width, 1), width, 1, height, width);
}
