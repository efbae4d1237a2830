import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type * as TypeScript from 'typescript';
import { asExpression } from '../compiler/compile-cell.ts';
import { parseCell } from '../compiler/parse-cell.ts';
import { typescript } from '../compiler/typescript.ts';

/** Text that the type checker sees in place of a part of the cell. */
export interface CellEdit {
  /** Offset in the cell. */
  readonly at: number;
  readonly length: number;
  readonly text: string;
}

/**
 * What makes a cell mean to the type checker what it means when it runs, in the order of their places: an object literal is no block,
 * a variable without type and value holds anything, and the loaders add what a relative import leaves out.
 *
 * @param folder where the notebook lies
 */
export function cellEdits(source: string, folder: string): CellEdit[] {
  const edits = [...expression(source), ...untyped(source), ...relativeImports(source, folder)];
  return edits.sort((a, b) => a.at - b.at);
}

/** The cell with its edits. */
export function edited(source: string, edits: readonly CellEdit[]): string {
  let text = '';
  let from = 0;
  for (const edit of edits) {
    text += source.slice(from, edit.at) + edit.text;
    from = edit.at + edit.length;
  }
  return text + source.slice(from);
}

/** Offset in the cell of an offset in its edited text. */
export function unedited(offset: number, edits: readonly CellEdit[]): number {
  let shift = 0;
  for (const { at, length, text } of edits) {
    if (offset < at + shift) break;
    if (offset < at + shift + text.length) return at + Math.min(length, offset - at - shift);
    shift += text.length - length;
  }
  return offset - shift;
}

function expression(source: string): CellEdit[] {
  if (asExpression(source) === undefined) return [];
  const [start, end] = [source.search(/\S/), source.trimEnd().length];
  return [
    { at: start, length: 0, text: '(' },
    { at: end, length: 0, text: ')' },
  ];
}

/** `let x;` is `let x: any;`: without the compiler's own rules for it, which hold in one file only. */
function untyped(source: string): CellEdit[] {
  if (!/\b(?:let|var)\b/.test(source)) return [];
  const ts = typescript();
  const edits: CellEdit[] = [];
  const visit = (node: TypeScript.Node): void => {
    if (ts.isForInStatement(node) || ts.isForOfStatement(node)) {
      ts.forEachChild(node, (child) => (child === node.initializer ? undefined : visit(child)));
      return;
    }
    const lists =
      ts.isVariableDeclarationList(node) && !(node.flags & (ts.NodeFlags.Const | ts.NodeFlags.Using));
    for (const { name, type, initializer } of lists ? node.declarations : []) {
      if (!type && !initializer && ts.isIdentifier(name))
        edits.push({ at: name.end, length: 0, text: ': any' });
    }
    ts.forEachChild(node, visit);
  };
  visit(parseCell(source));
  return edits;
}

const known = /\.(?:[cm]?[jt]sx?|json|node|wasm)$/;
const added = ['.ts', '.tsx', '.mts', '.cts', '.js', '.jsx', '.mjs', '.cjs', '.json'];
const endings = [...added, ...added.map((ending) => `/index${ending}`)];

function relativeImports(source: string, folder: string): CellEdit[] {
  if (!/['"`]\.\.?(?:\/|['"`])/.test(source)) return [];
  return typescript()
    .preProcessFile(source, true, true)
    .importedFiles.flatMap(({ fileName, pos, end }) => {
      if (!/^\.\.?(?:\/|$)/.test(fileName) || known.test(fileName) || isFile(join(folder, fileName)))
        return [];
      const ending = endings.find((one) => existsSync(join(folder, `${fileName}${one}`)));
      // Positions of the compiler's quick scan hold the quotes or not, by its version.
      const at = source.indexOf(fileName, pos);
      return ending === undefined || at < 0 || at > end
        ? []
        : [{ at: at + fileName.length, length: 0, text: fileName.endsWith('/') ? ending.slice(1) : ending }];
    });
}

const isFile = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;
