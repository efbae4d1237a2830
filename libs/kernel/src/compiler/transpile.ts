import { createRequire } from 'node:module';
import type * as TypeScript from 'typescript';

const require = createRequire(import.meta.url);
let loaded: typeof TypeScript | undefined;

/** TypeScript, loaded on first use: it takes longer to load than a kernel to start. */
export function typescript(): typeof TypeScript {
  return (loaded ??= require('typescript') as typeof TypeScript);
}

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
  /** Encoded mappings of a source map from `code` to the cell. */
  readonly mappings: string;
}

/** Removes types and lowers enum, namespace, decorators and using; module syntax stays. */
export function transpile(source: string): Transpiled | { readonly errors: CellDiagnostic[] } {
  const ts = typescript();
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
    mappings: (JSON.parse(sourceMapText ?? '{"mappings":""}') as { mappings: string }).mappings,
  };
}

/** TypeScript's diagnostic in cell coordinates. */
export function toCellDiagnostic(diagnostic: TypeScript.Diagnostic): CellDiagnostic {
  const { file, start = 0, length = 1, code, messageText } = diagnostic;
  const place = file?.getLineAndCharacterOfPosition(start) ?? { line: 0, character: 0 };
  const message = typescript().flattenDiagnosticMessageText(messageText, '\n');
  return { message, code, line: place.line, column: place.character, length };
}
