const PARITY = 0x1bd11bda;

/**
 * One block of the Threefry-2x32 counter-based generator, 20 rounds.
 *
 * A bijection of the 64-bit counter under a 64-bit key: the same (key, counter) gives the same two words on every machine.
 *
 * @param key0 - first key word, as a signed or unsigned 32-bit integer
 * @param key1 - second key word
 * @param counter0 - first counter word
 * @param counter1 - second counter word
 * @param out - receives the two unsigned 32-bit words
 * @returns `out`
 *
 * Source: Salmon et al., "Parallel random numbers: as easy as 1, 2, 3" (SC 2011), table 2; checked against the Random123
 * known-answer vectors.
 *
 * @example
 * threefry2x32(0, 0, 0, 0); // Uint32Array [0x6b200159, 0x99ba4efe]
 */
export function threefry2x32(
  key0: number,
  key1: number,
  counter0: number,
  counter1: number,
  out: Uint32Array = new Uint32Array(2),
): Uint32Array {
  let first = key1;
  let second = PARITY ^ key0 ^ key1;
  let third = key0;
  let x0 = (counter0 + key0) | 0;
  let x1 = (counter1 + key1) | 0;
  for (let group = 1; group <= 5; group++) {
    const odd = group & 1;
    x0 = (x0 + x1) | 0;
    x1 = rotate(x1, odd ? 13 : 17) ^ x0;
    x0 = (x0 + x1) | 0;
    x1 = rotate(x1, odd ? 15 : 29) ^ x0;
    x0 = (x0 + x1) | 0;
    x1 = rotate(x1, odd ? 26 : 16) ^ x0;
    x0 = (x0 + x1) | 0;
    x1 = rotate(x1, odd ? 6 : 24) ^ x0;
    x0 = (x0 + first) | 0;
    x1 = (x1 + second + group) | 0;
    const oldest = first;
    first = second;
    second = third;
    third = oldest;
  }
  out[0] = x0 >>> 0;
  out[1] = x1 >>> 0;
  return out;
}

function rotate(word: number, bits: number): number {
  return (word << bits) | (word >>> (32 - bits));
}
