import type { Key } from './key.ts';
import { Stream } from './stream.ts';

/** `length` uniform numbers in [low, high) as float32. */
export function uniformArray(key: Key, length: number, low = 0, high = 1): Float32Array {
  const draw = new Stream(key);
  return filled(length, () => draw.uniform(low, high));
}

/** `length` normal numbers as float32. */
export function normalArray(key: Key, length: number, mean = 0, standardDeviation = 1): Float32Array {
  const draw = new Stream(key);
  return filled(length, () => mean + standardDeviation * draw.normal());
}

/**
 * `length` normal numbers conditioned on lying within two standard deviations of the mean, as float32.
 *
 * Rejection sampling: the standard deviation of the result is about 0.88 of the one given.
 */
export function truncatedNormalArray(
  key: Key,
  length: number,
  mean = 0,
  standardDeviation = 1,
): Float32Array {
  const draw = new Stream(key);
  return filled(length, () => {
    let value = draw.normal();
    while (Math.abs(value) > 2) value = draw.normal();
    return mean + standardDeviation * value;
  });
}

/** The integers 0 … length-1 in random order (Fisher-Yates). */
export function permutation(key: Key, length: number): Int32Array {
  const draw = new Stream(key);
  const order = Int32Array.from({ length }, (_, index) => index);
  for (let last = length - 1; last > 0; last--) {
    const other = draw.integer(0, last + 1);
    [order[last], order[other]] = [order[other], order[last]];
  }
  return order;
}

/** A plain loop: `Float32Array.from` with a function takes several times as long. */
function filled(length: number, next: () => number): Float32Array {
  const values = new Float32Array(length);
  for (let index = 0; index < length; index++) values[index] = next();
  return values;
}
