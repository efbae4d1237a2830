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
  const message = withoutFiles(fullText(diagnostic, ''));
  const length = Math.max(1, unedited(Math.max(0, end - prelude), edits) - start);
  return { message, code, line: before.length - 1, column, length };
}

function fullText({ text, messageChain = [] }: Diagnostic, indent: string): string {
  return [indent + text, ...messageChain.map((next) => fullText(next, `${indent}  `))].join('\n');
}

const madeUp = /import\("[^"]*\/__cell_(?:(\d+)_)?_(?:\.mts)?"\)\.([\p{ID_Continue}$]+)/gu;

/** Types of cells by their names: their files exist for the compiler alone. Of two with one name the older one is said to be so. */
function withoutFiles(message: string): string {
  const numbers = new Map<string, number>();
  const numberOf = (digits: string | undefined): number => (digits === undefined ? Infinity : Number(digits));
  for (const [, digits, name = ''] of message.matchAll(madeUp))
    numbers.set(name, Math.max(numberOf(digits), numbers.get(name) ?? 0));
  return message.replace(madeUp, (_, digits: string | undefined, name: string) =>
    numberOf(digits) < (numbers.get(name) ?? 0) ? `${name} (declared before)` : name,
  );
}
