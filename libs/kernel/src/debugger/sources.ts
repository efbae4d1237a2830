import { readFileSync } from 'node:fs';
import { decode } from '@jridgewell/sourcemap-codec';
import { fileURLToPath } from 'node:url';
import { SourcePositions, type Position } from '../compiler/source-positions.ts';
import type { CompiledPlaces } from '../session/stack-traces.ts';
import type { ParsedScript } from './inspector.ts';

/** The kernel's own files. */
const kernelUrl = new URL('../../', import.meta.url).href;

/** A script of the user: a cell, or a local module. */
export interface Unit {
  /** What the script is called inside of V8. */
  readonly url: string;
  /** What the front end calls its source. */
  readonly path: string;
  /** What a person calls it. */
  readonly name: string;
  readonly isCell: boolean;
  /** Where in the source a place of the script comes from. */
  original(place: Position): Position | undefined;
  /** Where a line of the source, or the next that has code, begins in the script. */
  generated(line: number): { readonly line: number; readonly place: Position } | undefined;
}

export function cellUnit({ file, label, mappings }: CompiledPlaces, path: string): Unit {
  return unit({ url: file, path, name: label, isCell: true }, mappings);
}

/** A local module; undefined for scripts of packages, of Node and of the kernel. */
export function fileUnit({ url, sourceMapURL = '' }: ParsedScript): Unit | undefined {
  if (!url.startsWith('file:') || url.includes('/node_modules/') || url.startsWith(kernelUrl))
    return undefined;
  const path = fileURLToPath(url.replace(/[?#].*$/, ''));
  // The module that imports of cells go through.
  if (path.endsWith('/notebook.mts')) return undefined;
  const map = /^data:application\/json[^,]*;base64,(.*)$/s.exec(sourceMapURL)?.[1];
  const name = path.slice(path.lastIndexOf('/') + 1);
  if (!map) return unit({ url, path, name, isCell: false }, undefined);
  const { mappings } = JSON.parse(Buffer.from(map, 'base64').toString('utf8')) as { mappings: string };
  return unit({ url, path, name, isCell: false }, [mappings]);
}

function unit(
  names: Pick<Unit, 'url' | 'path' | 'name' | 'isCell'>,
  mappings: readonly string[] | undefined,
): Unit {
  if (!mappings) {
    return {
      ...names,
      original: (place) => place,
      generated: (line) => ({ line, place: { line, column: 0 } }),
    };
  }
  const positions = new SourcePositions(mappings);
  let made: Lines | undefined;
  const lines = (): Lines => (made ??= scriptLines(mappings[0] ?? '', positions));
  return {
    ...names,
    original: (place) => positions.original(place) ?? lines().first.get(place.line),
    generated: (line) => {
      const { starts } = lines();
      const at = starts.has(line) ? line : nearest([...starts.keys()], line);
      const place = at === undefined ? undefined : starts.get(at);
      return at === undefined || !place ? undefined : { line: at, place };
    },
  };
}

interface Lines {
  /** For each source line that has code, where its first piece begins in the script. */
  readonly starts: Map<number, Position>;
  /** For each line of the script, where its first piece comes from. */
  readonly first: Map<number, Position>;
}

function scriptLines(newest: string, positions: SourcePositions): Lines {
  const starts = new Map<number, Position>();
  const first = new Map<number, Position>();
  for (const [line, segments] of decode(newest).entries()) {
    for (const segment of segments) {
      if (segment.length === 1) continue;
      const from = positions.original({ line, column: segment[0] });
      if (!from) continue;
      // What the compiler put at the beginning of a script's line belongs to the first piece on it.
      if (!first.has(line)) first.set(line, from);
      const begins = first.get(line)?.line === from.line;
      if (!starts.has(from.line)) starts.set(from.line, { line, column: begins ? 0 : segment[0] });
    }
  }
  return { starts, first };
}

function nearest(lines: readonly number[], wanted: number): number | undefined {
  const later = lines.filter((line) => line > wanted);
  return later.length > 0 ? Math.min(...later) : lines.length > 0 ? Math.max(...lines) : undefined;
}

function escape(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}

/** Scripts that a debugger passes over. */
export const passedOver = ['^node:', '/node_modules/', `^${escape(kernelUrl)}`, '^evalmachine', '^$'];

/** Text of a source file; undefined where it cannot be read. */
export function fileText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
