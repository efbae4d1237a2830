/** Offset in UTF-16 units of a place that Jupyter counts in code points. */
export function toUtf16(text: string, codePoints: number): number {
  let offset = 0;
  for (const char of text) {
    if (codePoints-- <= 0) break;
    offset += char.length;
  }
  return offset;
}

/** The other way round. */
export function toCodePoints(text: string, offset: number): number {
  return [...text.slice(0, offset)].length;
}
