import { computeWeights, type Interpolation } from '../ops/resample-weights.ts';

/** Resampling weights for the kernels: an even number of taps, whole numbers that sum to 2^14 for every output place. */
export interface FixedWeights {
  readonly pairs: number;
  readonly first: Int32Array; // [out]
  readonly weights: Int16Array; // [out, 2 pairs]
}

const ONE = 2 ** 14;

/** {@link computeWeights} in 14 bits; rounding is made good at the largest weight, so that a flat image stays flat. */
export function fixedWeights(from: number, to: number, interpolation: Interpolation): FixedWeights {
  const cache = CACHES[interpolation];
  const name = from * 65_536 + to;
  let found = cache.get(name);
  if (found === undefined) {
    found = compute(from, to, interpolation);
    if (cache.size >= 4096) cache.clear(); // a bound, so that folders of images of every size cannot fill the memory
    cache.set(name, found);
  }
  return found;
}

const CACHES: Record<Interpolation, Map<number, FixedWeights>> = { bilinear: new Map(), bicubic: new Map() };

function compute(from: number, to: number, interpolation: Interpolation): FixedWeights {
  const { taps, first, weights } = computeWeights(from, to, interpolation);
  const pairs = Math.ceil(taps / 2);
  const fixed = new Int16Array(to * pairs * 2);
  for (let place = 0; place < to; place++) {
    let [rest, largest] = [ONE, 0];
    for (let tap = 0; tap < taps; tap++) {
      const weight = Math.round(weights[place * taps + tap] * ONE);
      fixed[place * pairs * 2 + tap] = weight;
      rest -= weight;
      if (weight > fixed[place * pairs * 2 + largest]) largest = tap;
    }
    fixed[place * pairs * 2 + largest] += rest;
  }
  return { pairs, first, weights: fixed };
}
