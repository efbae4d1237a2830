import type * as TypeScript from 'typescript';
import { typescript } from './typescript.ts';

let latest: { readonly source: string; readonly file: TypeScript.SourceFile } | undefined;

/** A cell's syntax tree. The latest one is kept: compiler and type checker want the same. */
export function parseCell(source: string): TypeScript.SourceFile {
  if (latest?.source === source) return latest.file;
  const ts = typescript();
  const file = ts.createSourceFile('cell.mts', source, ts.ScriptTarget.ESNext);
  latest = { source, file };
  return file;
}

/** What is wrong with a cell's syntax. */
export function syntaxErrors(file: TypeScript.SourceFile): readonly TypeScript.DiagnosticWithLocation[] {
  return (file as unknown as { parseDiagnostics: TypeScript.DiagnosticWithLocation[] }).parseDiagnostics;
}

/** Names that `using` at the top of a cell declares; true where it is `await using`. */
export function usingNames(file: TypeScript.SourceFile): Map<string, boolean> {
  const ts = typescript();
  const names = new Map<string, boolean>();
  for (const list of usingLists(file)) {
    const awaits = (list.flags & ts.NodeFlags.Const) !== 0; // `await using` is const and using at once
    for (const { name } of list.declarations) if (ts.isIdentifier(name)) names.set(name.text, awaits);
  }
  return names;
}

/** The cell with `const` in place of `using` at its top; every position stays what it is. */
export function usingAsConst(source: string, file: TypeScript.SourceFile): string {
  let text = source;
  for (const list of usingLists(file)) {
    const start = list.getStart(file);
    const keyword = /^(await\s+)?using/.exec(text.slice(start))?.[0] ?? '';
    const blank = keyword.slice(0, -'using'.length).replace(/\S/g, ' ');
    text = `${text.slice(0, start)}${blank}const${text.slice(start + keyword.length)}`;
  }
  return text;
}

function usingLists(file: TypeScript.SourceFile): TypeScript.VariableDeclarationList[] {
  const ts = typescript();
  return file.statements.flatMap((statement) =>
    ts.isVariableStatement(statement) && statement.declarationList.flags & ts.NodeFlags.Using
      ? [statement.declarationList]
      : [],
  );
}
