const multiplier = 0x5bd1e995;

/** MurmurHash2 of a text's UTF-8 bytes, 32 bits: how front ends name the cells that they set breakpoints in. */
export function murmur2(text: string, seed: number): number {
  const bytes = Buffer.from(text, 'utf8');
  let hash = seed ^ bytes.length;
  let at = 0;
  for (; bytes.length - at >= 4; at += 4) {
    let block = Math.imul(bytes.readInt32LE(at), multiplier);
    block = Math.imul(block ^ (block >>> 24), multiplier);
    hash = Math.imul(hash, multiplier) ^ block;
  }
  const rest = bytes.subarray(at);
  if (rest.length > 0) {
    for (const [i, byte] of rest.entries()) hash ^= byte << (8 * i);
    hash = Math.imul(hash, multiplier);
  }
  hash = Math.imul(hash ^ (hash >>> 13), multiplier);
  return (hash ^ (hash >>> 15)) >>> 0;
}
