/**
 * Arrays one after the other, as a new array.
 *
 * @param parts - at least one
 * @throws RangeError for no part, whose type nobody knows
 *
 * @example
 * concatenated([Uint8Array.of(1), Uint8Array.of(2, 3)]); // Uint8Array [1, 2, 3]
 */
export function concatenated<T extends Float32Array | Uint8Array>(parts: readonly T[]): T {
  if (parts.length === 0) throw new RangeError('concatenated: at least one array, got none.');
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  const all = new (parts[0].constructor as new (length: number) => T)(length);
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
