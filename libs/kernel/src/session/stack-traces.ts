import { findSourceMap } from 'node:module';
import { fileURLToPath } from 'node:url';
import type { Position } from '../compiler/source-positions.ts';

/** A cell that stack frames can lead back to. */
export interface TracedCell {
  /** What a frame says instead of a file: `Cell [3]`. */
  readonly label: string;
  readonly source: string;
  /** Encoded source maps from the script to the cell, newest step first. */
  readonly mappings: readonly string[];
  original(position: Position): Position | undefined;
}

/** What a debugger needs to know of a cell's script. */
export interface CompiledPlaces {
  readonly file: string;
  readonly label: string;
  readonly source: string;
  readonly mappings: readonly string[];
}

/** File name that a cell is compiled under. */
export const cellFile = (id: number): string => `fovea-cell:${id}`;

/** Errors keep their cell places here so that a code frame can be drawn later. */
const places = new WeakMap<object, { cell: TracedCell; position: Position }>();
const kernelFiles = fileURLToPath(new URL('..', import.meta.url));
const cells = new Map<string, TracedCell>();
/** Frames of older cells keep their compiled places, so that a session of any length takes the same memory. */
const maxTraced = 2000;

/** Makes a cell's frames readable. */
export function traceCell(id: number, cell: TracedCell): void {
  cells.set(cellFile(id), cell);
  if (cells.size > maxTraced) cells.delete(cells.keys().next().value ?? '');
}

/** Cells by the file names of their scripts; those that are forgotten are left out. */
export function tracedCells(files: readonly string[]): CompiledPlaces[] {
  return files.flatMap((file) => {
    const cell = cells.get(file);
    return cell ? [{ file, label: cell.label, source: cell.source, mappings: cell.mappings }] : [];
  });
}

/** Innermost place in a cell that an error went through, if any; reading it reads the stack. */
export function errorPlace(error: object): { cell: TracedCell; position: Position } | undefined {
  // The getter of `stack` formats the frames, and that notes the place.
  return 'stack' in error && error.stack !== null ? places.get(error) : undefined;
}

/** From now on `error.stack` shows cells' own lines and no frame of the kernel. */
export function installStackTraces(): void {
  Error.prepareStackTrace = (error, frames) => {
    const lines: string[] = [];
    for (const frame of frames) {
      const file = frame.getFileName() ?? '';
      if (frame.getFunctionName() === runCellMarker || frame.getMethodName() === runCellMarker) break;
      if (isKernelFrame(file)) continue;
      const line = describe(frame, file, error);
      if (line) lines.push(`    at ${line}`);
    }
    let head: string;
    try {
      head = Error.prototype.toString.call(error);
    } catch {
      head = 'Error';
    }
    return lines.length > 0 ? `${head}\n${lines.join('\n')}` : head;
  };
  Error.stackTraceLimit = Math.max(Error.stackTraceLimit, 30);
}

/** Name of the function below which everything on the stack is the kernel's. */
export const runCellMarker = 'foveaRunCell';

function isKernelFrame(file: string): boolean {
  if (file.startsWith('node:vm')) return true;
  const path = file.startsWith('file://') ? fileURLToPath(file) : file;
  if (path.includes('fovea-kernel-bundle')) return true;
  return path.startsWith(kernelFiles) && !path.endsWith('.spec.ts');
}

/** A frame as text; undefined for code that the compiler added to a cell. */
function describe(frame: NodeJS.CallSite, file: string, error: object): string | undefined {
  const text = (frame as { toString(): string }).toString().replace(/\$\$+(?=[\w$])/g, '');
  const line = (frame.getLineNumber() ?? 1) - 1;
  const column = (frame.getColumnNumber() ?? 1) - 1;
  const cell = cells.get(file);
  if (cell) {
    const position = cell.original({ line, column });
    if (!position) return undefined;
    if (!places.has(error)) places.set(error, { cell, position });
    return relocate(text, `${cell.label}:${position.line + 1}:${position.column + 1}`);
  }
  const entry = findSourceMap(file)?.findEntry(line, column);
  if (!entry || !('originalSource' in entry)) return text;
  const { originalSource, originalLine, originalColumn } = entry;
  const source = originalSource.startsWith('file://') ? fileURLToPath(originalSource) : originalSource;
  return relocate(text, `${source}:${originalLine + 1}:${originalColumn + 1}`);
}

function relocate(text: string, place: string): string {
  const inParentheses = text.replace(/\((?!eval at)[^()]*:\d+:\d+\)$/, () => `(${place})`);
  if (inParentheses !== text) return inParentheses;
  const async = text.startsWith('async ') ? 'async ' : '';
  return `${async}${place}`;
}
