import { checkMap, type SaliencyMap } from './image.ts';
import { checkRange } from './options.ts';

/**
 * Resizes a map: bilinear with half-pixel centres and clamped edges where it grows, area average where it shrinks.
 *
 * @throws Error for what is no map, and sizes below one pixel
 */
export function resizeMap(map: SaliencyMap, width: number, height: number): SaliencyMap {
  checkMap(map, 'resizeMap');
  checkRange(width, 1, 1e6, 'resizeMap: width');
  checkRange(height, 1, 1e6, 'resizeMap: height');
  if (map.width === width && map.height === height) return map;
  const rows = resample(map.data, map.width, 1, map.height, map.width, 1, width);
  return { data: resample(rows, map.height, width, width, 1, width, height), width, height };
}

/** Resamples `lines` lines of `from` values, `stride` apart, to `to` values each; `step` is the distance between lines. */
function resample(
  data: Float32Array,
  from: number,
  stride: number,
  lines: number,
  step: number,
  outStride: number,
  to: number,
): Float32Array {
  if (from === to) return data;
  const weights = linearWeights(from, to);
  const output = new Float32Array(lines * to);
  const outStep = outStride === 1 ? to : 1;
  for (let line = 0; line < lines; line++) {
    for (let t = 0; t < to; t++) {
      let sum = 0;
      for (const [index, weight] of weights[t]) sum += weight * data[line * step + index * stride];
      output[line * outStep + t * outStride] = sum;
    }
  }
  return output;
}

/** For each output position, the input positions it reads and their weights. */
function linearWeights(from: number, to: number): (readonly [number, number])[][] {
  const scale = from / to;
  return Array.from({ length: to }, (_, t) => {
    if (scale <= 1) {
      const place = Math.min(from - 1, Math.max(0, (t + 0.5) * scale - 0.5));
      const low = Math.floor(place);
      const high = Math.min(from - 1, low + 1);
      return [[low, 1 - (place - low)] as const, [high, place - low] as const];
    }
    const start = t * scale;
    const end = (t + 1) * scale;
    const taps: (readonly [number, number])[] = [];
    for (let i = Math.floor(start); i < Math.min(from, Math.ceil(end - 1e-9)); i++) {
      taps.push([i, (Math.min(end, i + 1) - Math.max(start, i)) / scale]);
    }
    return taps;
  });
}
