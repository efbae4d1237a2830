import { join } from 'node:path';
import type * as TypeScript from 'typescript';
import { identifiers } from '../compiler/names.ts';
import { parseCell } from '../compiler/parse-cell.ts';
import { typescript } from '../compiler/typescript.ts';
import { declaredNames, type DeclaredName } from './cell-file.ts';

/** A cell as the type checker sees it: a module that imports what earlier cells declare. */
export interface CellModule {
  readonly file: string;
  readonly text: string;
  /** Length of what stands before the cell. */
  readonly prelude: number;
  /** Names of earlier cells that it sees without using them. */
  readonly offered: readonly string[];
}

interface Origin extends DeclaredName {
  readonly file: string;
}

/** So many names of earlier cells are offered for completion at most. */
const maxOffered = 500;

/** The cells that have run, as modules that see each other's names. */
export class CellModules {
  readonly #ts = typescript();
  readonly #modules = new Map<string, CellModule>();
  readonly #origins = new Map<string, Origin>();
  readonly #folder: string;
  #count = 0;

  /** @param folder where the notebook lies; the modules pretend to lie there too */
  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Text of a module that has run; undefined for every other file. */
  text(file: string): string | undefined {
    return this.#modules.get(file)?.text;
  }

  /** A cell that has not run yet, under a given file name. */
  draft(file: string, source: string): CellModule {
    return this.#module(file, source, declaredNames(parseCell(source)));
  }

  /**
   * A text that is being written: it also sees the names of earlier cells that begin like `typed`, and sees every name as an import,
   * which leads to its documentation.
   */
  sketch(file: string, source: string, typed: string): CellModule {
    const parsed = this.#ts.createSourceFile('cell.mts', source, this.#ts.ScriptTarget.ESNext);
    const start = typed.toLowerCase();
    const offered = [...this.#origins.keys()].filter((name) => name.toLowerCase().startsWith(start));
    return this.#module(file, source, declaredNames(parsed), offered.slice(-maxOffered));
  }

  /** From now on later cells see what this one declares. */
  commit(source: string): void {
    const file = join(this.#folder, `__cell_${++this.#count}__.mts`);
    const parsed = parseCell(source);
    const names = declaredNames(parsed);
    if (names.length === 0) return;
    const module = this.#module(file, source, names);
    const exported = exportedNames(this.#ts, parsed);
    const missing = names.filter(({ name }) => !exported.has(name)).map(({ name }) => name);
    this.#modules.set(file, { ...module, text: `${module.text}\nexport { ${missing.join(', ')} };` });
    for (const name of names) this.#origins.set(name.name, { ...name, file });
    this.#forget();
  }

  /** @param offered names besides those that the text has; where given, assignments need not be right */
  #module(
    file: string,
    source: string,
    declared: readonly DeclaredName[],
    offered?: readonly string[],
  ): CellModule {
    const own = new Set(declared.map(({ name }) => name));
    const imports = new Map<string, string[]>();
    let variables = '';
    for (const name of new Set([...identifiers(source), ...(offered ?? [])])) {
      const origin = this.#origins.get(name);
      if (!origin || own.has(name)) continue;
      const from = JSON.stringify(`./${origin.file.slice(this.#folder.length + 1)}`);
      if (origin.constant || offered) imports.set(from, [...(imports.get(from) ?? []), name]);
      else variables += `declare let ${name}: (typeof import(${from}))[${JSON.stringify(name)}]; `;
    }
    const lists = [...imports].map(([from, names]) => `import { ${names.join(', ')} } from ${from}; `);
    const prelude = `export {}; ${lists.join('')}${variables}\n`;
    return { file, text: prelude + source, prelude: prelude.length, offered: offered ?? [] };
  }

  /** Now and then drops modules that no name and no kept module needs any more. */
  #forget(): void {
    if (this.#modules.size < 50 || this.#count % 50 !== 0) return;
    const keep = new Set([...this.#origins.values()].map(({ file }) => file));
    for (const file of keep) {
      for (const [, name = ''] of this.#modules.get(file)?.text.matchAll(/"\.\/(__cell_\d+__\.mts)"/g) ??
        []) {
        keep.add(join(this.#folder, name));
      }
    }
    for (const file of this.#modules.keys()) if (!keep.has(file)) this.#modules.delete(file);
  }
}

/** Functions that every notebook has. */
export const notebookNames = [
  'display',
  'newDisplay',
  'clearOutput',
  'progress',
  'prompt',
  'password',
  'confirm',
] as const;

/** Globals of a notebook that Node does not have; the text of a declaration file. */
export function notebookGlobals(notebookModule: string): string {
  const from = JSON.stringify(notebookModule);
  const lines = notebookNames.map((name) => `  const ${name}: (typeof import(${from}))['${name}'];`);
  return `export {};\ndeclare global {\n${lines.join('\n')}\n}\n`;
}

/** Compiler options of cells, as tsconfig.json has them. Strict, but a parameter may go without a type. */
export const cellOptions = {
  target: 'esnext',
  lib: ['esnext'],
  module: 'nodenext',
  moduleResolution: 'nodenext',
  types: [],
  strict: true,
  noImplicitAny: false,
  allowImportingTsExtensions: true,
  resolveJsonModule: true,
  esModuleInterop: true,
  skipLibCheck: true,
  noEmit: true,
  allowJs: true,
} as const;

/**
 * Problems that are none in a notebook: assigning an import (2632: cells share bindings), augmentations (2669),
 * module form (1287), `<T>(x: T) => x` and `<T>x` in a module file (7060, 7059), unreachable code and unused labels (7027, 7028), .ts imports (5097), unused left of a comma (2695).
 */
export const ignoredCodes: ReadonlySet<number> = new Set([
  2632, 2669, 1287, 7027, 7028, 5097, 2695, 7059, 7060,
]);

/** Names that the cell exports itself; exporting them again would be an error. */
function exportedNames(ts: typeof TypeScript, source: TypeScript.SourceFile): Set<string> {
  const names = new Set<string>();
  for (const statement of source.statements) {
    if (
      ts.isExportDeclaration(statement) &&
      statement.exportClause &&
      ts.isNamedExports(statement.exportClause)
    ) {
      for (const { name } of statement.exportClause.elements) names.add(name.text);
    }
    const modifiers = ts.canHaveModifiers(statement) ? (ts.getModifiers(statement) ?? []) : [];
    const isExported = modifiers.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword);
    if (!isExported || modifiers.some(({ kind }) => kind === ts.SyntaxKind.DefaultKeyword)) continue;
    const only = ts.factory.updateSourceFile(source, [statement]);
    for (const { name } of declaredNames(only)) names.add(name);
  }
  return names;
}
