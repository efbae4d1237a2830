import type { Diagnostic } from 'typescript-native/unstable/sync';
import type { CellDiagnostic } from '../compiler/transpile.ts';
import { unedited } from './cell-edits.ts';
import type { CellModule } from './cell-modules.ts';

/** TypeScript's diagnostic of a cell's module in the cell's own coordinates. */
export function toCellPlace(
  diagnostic: Diagnostic,
  { prelude, edits }: CellModule,
  source: string,
): CellDiagnostic {
  const { pos, end, code } = diagnostic;
  const start = unedited(Math.max(0, pos - prelude), edits);
  const before = source.slice(0, start).split('\n');
  const column = before.at(-1)?.length ?? 0;
  // Names of earlier cells' types need no file: there is no such file.
  const message = fullText(diagnostic, '').replace(/import\("[^"]*\/__cell_(?:\d+_)?_(?:\.mts)?"\)\./g, '');
  const length = Math.max(1, unedited(Math.max(0, end - prelude), edits) - start);
  return { message, code, line: before.length - 1, column, length };
}

function fullText({ text, messageChain = [] }: Diagnostic, indent: string): string {
  return [indent + text, ...messageChain.map((next) => fullText(next, `${indent}  `))].join('\n');
}
