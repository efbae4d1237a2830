import type { Key } from './key.ts';
import { threefry2x32 } from './threefry.ts';

const DOMAIN = 0x40000000; // draws of a stream never meet the counters that `fold` uses

/**
 * A sequence of draws from one key, for code that needs many scalars in an order of its own (parameters of one view, say).
 *
 * The n-th draw depends on the key and n alone. Keep a stream local: hand keys, not streams, across function boundaries.
 *
 * @example
 * const draw = new Stream(fold(key(0), 'crop'));
 * const area = draw.uniform(0.08, 1);
 */
export class Stream {
  readonly #key: Key;
  readonly #block = new Uint32Array(2);
  #index = 0;

  constructor(key: Key) {
    this.#key = key;
  }

  /** Unsigned 32-bit integer. */
  bits(): number {
    const half = this.#index & 1;
    if (half === 0) {
      const block = this.#index / 2;
      threefry2x32(
        this.#key[0],
        this.#key[1],
        DOMAIN | Math.floor(block / 2 ** 32),
        block >>> 0,
        this.#block,
      );
    }
    this.#index++;
    return this.#block[half];
  }

  /** Uniform number in [low, high), 32 random bits. */
  uniform(low = 0, high = 1): number {
    return low + (high - low) * (this.bits() / 2 ** 32);
  }

  /** Uniform integer in [low, high); rejection keeps it unbiased. */
  integer(low: number, high: number): number {
    const range = high - low;
    if (!(Number.isInteger(low) && Number.isInteger(high) && range > 0 && range <= 2 ** 32)) {
      throw new RangeError(
        `Stream.integer: needs integers low < high at most 2^32 apart, got ${low}, ${high}.`,
      );
    }
    const limit = 2 ** 32 - (2 ** 32 % range);
    let bits = this.bits();
    while (bits >= limit) bits = this.bits();
    return low + (bits % range);
  }

  /** True with the given probability. */
  bernoulli(probability: number): boolean {
    return this.uniform() < probability;
  }

  /** Standard normal number (Box-Muller, cosine branch). */
  normal(): number {
    const radius = Math.sqrt(-2 * Math.log((this.bits() + 1) / 2 ** 32));
    return radius * Math.cos(2 * Math.PI * this.uniform());
  }
}
