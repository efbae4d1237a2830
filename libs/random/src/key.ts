import { threefry2x32 } from './threefry.ts';

/** A random key: two unsigned 32-bit words. Plain data, so it can be written into a checkpoint or sent to a worker. */
export type Key = readonly [number, number];

/**
 * The key of a seed.
 *
 * @param seed - integer in [0, 2^53)
 * @throws RangeError when the seed is no such integer
 *
 * @example
 * const weights = fold(key(0), 'weights');
 */
export function key(seed: number): Key {
  if (!Number.isSafeInteger(seed) || seed < 0) {
    throw new RangeError(`key: seed must be an integer in [0, 2^53), got ${seed}.`);
  }
  return [Math.floor(seed / 2 ** 32) >>> 0, seed >>> 0];
}

/**
 * A new key, independent of its parent and of every sibling with another label.
 *
 * Label a draw by what it is for (`fold(k, 'weights')`, `fold(k, epoch)`), and the draw stays the same whatever else is drawn.
 * Text is hashed by 32-bit FNV-1a over its UTF-8 bytes; numbers and text live in separate domains.
 *
 * @param parent - the key to derive from; it stays usable
 * @param label - non-negative integer below 2^53, or text
 * @throws RangeError when a number is no such integer
 */
export function fold(parent: Key, label: number | string): Key {
  const [high, low] = typeof label === 'string' ? [0x80000000, fnv1a(label)] : words(label);
  const [first, second] = threefry2x32(parent[0], parent[1], high, low);
  return [first, second];
}

/** `count` independent keys: `fold(parent, 0)`, `fold(parent, 1)`, … */
export function split(parent: Key, count: number): Key[] {
  return Array.from({ length: count }, (_, index) => fold(parent, index));
}

function words(label: number): [number, number] {
  if (!Number.isSafeInteger(label) || label < 0) {
    throw new RangeError(`fold: a numeric label must be an integer in [0, 2^53), got ${label}.`);
  }
  return [Math.floor(label / 2 ** 32), label >>> 0];
}

function fnv1a(text: string): number {
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(text, 'utf8')) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash >>> 0;
}
