import type * as TypeScript from 'typescript';
import { isPlainJavaScript } from './is-plain-javascript.ts';
import { parseCell, syntaxErrors } from './parse-cell.ts';
import { typescript } from './typescript.ts';

export { typescript };

/** A message about a place in the cell, positions counted from 0. */
export interface CellDiagnostic {
  readonly message: string;
  /** TypeScript's number, as in TS2322; 0 where TypeScript did not find it. */
  readonly code: number;
  readonly line: number;
  readonly column: number;
  readonly length: number;
}

/** A cell as JavaScript, still with import and export. */
export interface Transpiled {
  readonly code: string;
  /** Encoded mappings of a source map from `code` to the cell; none where they are the same text. */
  readonly mappings: readonly string[];
}

/** Removes types and lowers enum, namespace, decorators and using; module syntax stays. */
export function transpile(source: string): Transpiled | { readonly errors: CellDiagnostic[] } {
  const ts = typescript();
  const file = parseCell(source);
  const errors = syntaxErrors(file);
  if (errors.length > 0) return { errors: errors.map(toCellDiagnostic) };
  // Most cells are JavaScript as they stand, and a compiler run costs more than everything else that happens to them.
  if (isPlainJavaScript(file)) return { code: source, mappings: [] };
  const { outputText, sourceMapText, diagnostics } = ts.transpileModule(source, {
    fileName: 'cell.mts',
    reportDiagnostics: true,
    compilerOptions: {
      target: ts.ScriptTarget.ES2022,
      module: ts.ModuleKind.NodeNext,
      verbatimModuleSyntax: true,
      useDefineForClassFields: true,
      noEmitHelpers: true,
      sourceMap: true,
      removeComments: false,
    },
  });
  if (diagnostics && diagnostics.length > 0) return { errors: diagnostics.map(toCellDiagnostic) };
  const code = outputText.replace(/\/\/# sourceMappingURL=\S*\s*$/, '');
  return {
    code,
    mappings: [(JSON.parse(sourceMapText ?? '{"mappings":""}') as { mappings: string }).mappings],
  };
}

/** TypeScript's diagnostic in cell coordinates. */
export function toCellDiagnostic(diagnostic: TypeScript.Diagnostic): CellDiagnostic {
  const { file, start = 0, length = 1, code, messageText } = diagnostic;
  const place = file?.getLineAndCharacterOfPosition(start) ?? { line: 0, character: 0 };
  const message = typescript().flattenDiagnosticMessageText(messageText, '\n');
  return { message, code, line: place.line, column: place.character, length };
}
