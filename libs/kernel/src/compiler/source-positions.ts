import { decode } from '@jridgewell/sourcemap-codec';

type Segments = ReturnType<typeof decode>;

/** A place in a text, counted from 0. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** Leads from a place in compiled code back through several source maps, newest first. */
export class SourcePositions {
  readonly #encoded: readonly string[];
  #maps: Segments[] | undefined;

  /** @param maps encoded mappings, the last compilation step first; decoded when first needed */
  constructor(maps: readonly string[]) {
    this.#encoded = maps;
  }

  /** The place in the first text, or undefined where the compiler added the code. */
  original(position: Position): Position | undefined {
    let at: Position | undefined = position;
    this.#maps ??= this.#encoded.map(decode);
    for (const map of this.#maps) at &&= step(map, at);
    return at;
  }
}

function step(map: Segments, { line, column }: Position): Position | undefined {
  const segments = map[line] ?? [];
  let low = 0;
  let high = segments.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const segment = segments[middle];
    if (segment && segment[0] <= column) low = middle + 1;
    else high = middle;
  }
  for (let i = low - 1; i >= 0; i--) {
    const segment = segments[i];
    if (segment && segment.length > 1) return { line: segment[2] ?? 0, column: segment[3] ?? 0 };
  }
  return undefined;
}
