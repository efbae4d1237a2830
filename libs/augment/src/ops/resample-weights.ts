/** How pixels between the pixels are found. */
export type Interpolation = 'bilinear' | 'bicubic';

/** For every output place: the first input place, and `taps` weights that sum to 1 (zero where a window is shorter). */
export interface ResampleWeights {
  readonly taps: number;
  readonly first: Int32Array; // [out]
  readonly weights: Float64Array; // [out, taps]
}

/**
 * Weights of one-dimensional antialiased resampling from `from` to `to` places.
 *
 * `w_oi = k((i + 0.5 - c_o) / s) / sum_i`, `c_o = (o + 0.5) from / to`, `s = max(1, from / to)`, with the kernel k(x) = 1 - |x| (bilinear)
 * or the cubic with a = -0.5 (bicubic); windows are cut at the border and normalised again.
 *
 * Source: the convention of Pillow's `Image.resize` and of torchvision's `resize(antialias=True)`.
 */
export function resampleWeights(from: number, to: number, interpolation: Interpolation): ResampleWeights {
  const name = from * 65_536 + to;
  const cache = CACHES[interpolation];
  let found = cache.get(name);
  if (found === undefined) {
    found = computeWeights(from, to, interpolation);
    if (cache.size >= 4096) cache.clear(); // a bound, so that folders of images of every size cannot fill the memory
    cache.set(name, found);
  }
  return found;
}

const CACHES: Record<Interpolation, Map<number, ResampleWeights>> = {
  bilinear: new Map(),
  bicubic: new Map(),
};

/** {@link resampleWeights} without its memory. */
export function computeWeights(from: number, to: number, interpolation: Interpolation): ResampleWeights {
  const kernel = interpolation === 'bilinear' ? triangle : cubic;
  const scale = from / to;
  const stretch = Math.max(1, scale);
  const support = (interpolation === 'bilinear' ? 1 : 2) * stretch;
  const startOf = (place: number): number => Math.max(0, Math.trunc((place + 0.5) * scale - support + 0.5));
  const endOf = (place: number): number => Math.min(from, Math.trunc((place + 0.5) * scale + support + 0.5));
  let taps = 0;
  for (let place = 0; place < to; place++) taps = Math.max(taps, endOf(place) - startOf(place));
  const first = new Int32Array(to);
  const weights = new Float64Array(to * taps);
  for (let place = 0; place < to; place++) {
    const centre = (place + 0.5) * scale;
    const [start, end] = [startOf(place), endOf(place)];
    first[place] = Math.min(start, from - taps); // so that `taps` places from `first` on always exist
    const at = place * taps + start - first[place];
    let sum = 0;
    for (let tap = 0; tap < end - start; tap++) {
      const weight = kernel((start + tap + 0.5 - centre) / stretch);
      weights[at + tap] = weight;
      sum += weight;
    }
    for (let tap = 0; tap < end - start; tap++) weights[at + tap] /= sum;
  }
  return { taps, first, weights };
}

function triangle(x: number): number {
  return Math.max(0, 1 - Math.abs(x));
}

function cubic(x: number): number {
  const t = Math.abs(x);
  if (t < 1) return (1.5 * t - 2.5) * t * t + 1;
  return t < 2 ? ((-0.5 * t + 2.5) * t - 4) * t + 2 : 0;
}
