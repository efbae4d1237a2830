/** Offset in UTF-16 units of a place that Jupyter counts in code points. */
export function toUtf16(text: string, codePoints: number): number {
  let offset = 0;
  let left = codePoints;
  for (const char of text) {
    if (left-- <= 0) break;
    offset += char.length;
  }
  return offset;
}

/** The other way round. */
export function toCodePoints(text: string, offset: number): number {
  return Array.from(text.slice(0, offset)).length;
}
