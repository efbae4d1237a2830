import { join } from 'node:path';
import type * as TypeScript from 'typescript';
import { identifiers } from '../compiler/names.ts';
import { parseCell } from '../compiler/parse-cell.ts';
import { typescript } from '../compiler/typescript.ts';
import { cellEdits, edited, type CellEdit } from './cell-edits.ts';
import { declaredNames, type DeclaredName } from './cell-file.ts';

/** A cell as the type checker sees it: a module that imports what earlier cells declare. */
export interface CellModule {
  readonly file: string;
  readonly text: string;
  /** Length of what stands before the cell. */
  readonly prelude: number;
  /** Names of earlier cells that it sees without using them. */
  readonly offered: readonly string[];
  /** What stands in the text otherwise than in the cell. */
  readonly edits: readonly CellEdit[];
}

interface Origin extends DeclaredName {
  readonly file: string;
}

/** What a name of earlier cells means: a value of one cell may stand beside a type of another. */
interface Meanings {
  readonly value?: Origin | undefined;
  readonly type?: Origin | undefined;
}

/** What earlier cells' meanings of a name are left where a cell declares it itself, or not. */
function stillMeant({ value, type }: Meanings = {}, own?: DeclaredName): Meanings {
  if (!own) return { value, type };
  if (own.meaning === 'value') return { type: type === value ? undefined : type };
  // Of an import nobody knows before it is looked up whether it is a value.
  return own.meaning === 'type' && value?.meaning !== 'any' ? { value } : {};
}

/** So many names of earlier cells are offered for completion at most. */
const maxOffered = 500;

/** The cells that have run, as modules that see each other's names. */
export class CellModules {
  readonly #ts = typescript();
  readonly #modules = new Map<string, CellModule>();
  readonly #origins = new Map<string, Meanings>();
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
    for (const name of names) {
      const { value, type } = stillMeant(this.#origins.get(name.name), name);
      const origin = { ...name, constant: value?.constant ?? name.constant, file };
      // A value of an earlier cell is exported beside the type; a type is not.
      const meant = name.meaning === 'value' ? { value: origin, type } : { type: origin };
      this.#origins.set(name.name, name.meaning === 'type' && !value ? meant : { value: origin, ...meant });
    }
    this.#forget();
  }

  /** @param offered names besides those that the text has; where given, assignments need not be right */
  #module(
    file: string,
    source: string,
    declared: readonly DeclaredName[],
    offered?: readonly string[],
  ): CellModule {
    const own = new Map(declared.map((one) => [one.name, one]));
    const imports = new Map<string, string[]>();
    let variables = '';
    for (const name of new Set([...identifiers(source), ...(offered ?? [])])) {
      const origin = this.#origins.get(name);
      const { value, type } = stillMeant(origin, own.get(name));
      const from = (one: Origin): string => JSON.stringify(`./${one.file.slice(this.#folder.length + 1)}`);
      // A constant is imported, which leads to its documentation; so is what is a value and a type.
      const imported = type ?? (!own.has(name) && (value?.constant || offered) ? value : undefined);
      if (imported) imports.set(from(imported), [...(imports.get(from(imported)) ?? []), name]);
      if (!value || value === imported) continue;
      const keyword = value.constant ? 'const' : 'let';
      variables += `declare ${keyword} ${name}: (typeof import(${from(value)}))[${JSON.stringify(name)}]; `;
    }
    const lists = [...imports].map(([from, names]) => `import { ${names.join(', ')} } from ${from}; `);
    const prelude = `export {}; ${lists.join('')}${variables}\n`;
    const edits = offered ? [] : cellEdits(source, this.#folder);
    return {
      file,
      text: prelude + edited(source, edits),
      prelude: prelude.length,
      offered: offered ?? [],
      edits,
    };
  }

  /** Now and then drops modules that no name and no kept module needs any more. */
  #forget(): void {
    if (this.#modules.size < 50 || this.#count % 50 !== 0) return;
    const origins = [...this.#origins.values()].flatMap(({ value, type }) => [value, type]);
    const keep = new Set(origins.flatMap((origin) => (origin ? [origin.file] : [])));
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

/**
 * Compiler options of cells, as tsconfig.json has them. Strict, but what has no type may go without one: `noImplicitAny` is on because
 * without it the compiler takes `[]` for a list that nothing may be put into; what it finds is ignored.
 */
export const cellOptions = {
  target: 'esnext',
  lib: ['esnext'],
  module: 'nodenext',
  moduleResolution: 'nodenext',
  types: [],
  strict: true,
  allowImportingTsExtensions: true,
  resolveJsonModule: true,
  esModuleInterop: true,
  skipLibCheck: true,
  noEmit: true,
  allowJs: true,
} as const;

/**
 * Problems that are none in a notebook: assigning an import (2632: cells share bindings), augmentations (2669),
 * module form (1287), .ts imports (5097), JSON without an attribute and its parts by name (1543, 1544), unused left of a comma (2695).
 */
const ignoredCodes: ReadonlySet<number> = new Set([2632, 2669, 1287, 1543, 1544, 5097, 2695]);

/** The 7000s are what has no type, `<T>(x: T) => x` and `<T>x` in a module file, unreachable code and unused labels. */
export const isIgnored = (code: number): boolean => ignoredCodes.has(code) || (code >= 7000 && code < 8000);

/** What the options do not say of how cells are checked; another text wherever {@link isIgnored} or what a cell is read as changes. */
export const checkingVersion = '2';

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
