import { join } from 'node:path';
import type * as TypeScript from 'typescript';
import { typescript, type CellDiagnostic } from '../compiler/transpile.ts';
import { declaredNames, identifiers, type DeclaredName } from './cell-file.ts';

/** A cell as the checker sees it: a module that imports what earlier cells declare. */
interface CellModule {
  readonly file: string;
  readonly text: string;
  readonly prelude: number;
}

interface Origin extends DeclaredName {
  readonly file: string;
}

/**
 * Problems that are none in a notebook: 2632 (assigning an import; cells share bindings), 1208/1287 (module form),
 * 2669/2668 (augmentations in a non-module), 7027/7028 (unreachable code, unused label), 5097 (import of .ts files).
 */
const ignored = new Set([2632, 2669, 1287, 7027, 7028, 5097, 2695, 1375, 1378]);

/** Types of cells: checking, completion, inspection. One TypeScript program over the notebook's cells. */
export class CellLanguage {
  readonly #ts = typescript();
  readonly #folder: string;
  readonly #modules = new Map<string, CellModule>();
  readonly #origins = new Map<string, Origin>();
  readonly #service: TypeScript.LanguageService;
  readonly #versions = new Map<string, number>();
  #current: CellModule;
  #version = 0;
  #count = 0;

  constructor(folder: string) {
    this.#folder = folder;
    this.#current = { file: join(folder, '__cell__.mts'), text: 'export {};', prelude: 0 };
    this.#service = this.#ts.createLanguageService(this.#host(), this.#ts.createDocumentRegistry());
  }

  /** Errors of a cell that has not run yet. */
  check(source: string): CellDiagnostic[] {
    this.#open(source);
    const { file, prelude, text } = this.#current;
    const found = [...this.#service.getSyntacticDiagnostics(file), ...this.#service.getSemanticDiagnostics(file)];
    return found
      .filter(({ code, category }) => category === this.#ts.DiagnosticCategory.Error && !ignored.has(code))
      .map((diagnostic) => {
        const start = Math.max(0, (diagnostic.start ?? prelude) - prelude);
        const before = text.slice(prelude, prelude + start).split('\n');
        return {
          message: this.#ts.flattenDiagnosticMessageText(diagnostic.messageText, '\n'),
          code: diagnostic.code,
          line: before.length - 1,
          column: before.at(-1)?.length ?? 0,
          length: diagnostic.length ?? 1,
        };
      });
  }

  /** From now on later cells see what this one declares. */
  commit(source: string): void {
    const file = join(this.#folder, `__cell_${++this.#count}__.mts`);
    const parsed = this.#ts.createSourceFile(file, source, this.#ts.ScriptTarget.ESNext);
    const names = declaredNames(parsed);
    if (names.length === 0) return;
    const { text, prelude } = this.#module(file, source, names);
    const exported = exportedNames(this.#ts, parsed);
    const missing = names.filter(({ name }) => !exported.has(name)).map(({ name }) => name);
    this.#modules.set(file, { file, prelude, text: `${text}\nexport { ${missing.join(', ')} };` });
    for (const name of names) this.#origins.set(name.name, { ...name, file });
    this.#forget();
  }

  /** Opens a text as the current cell and gives the service with the place of an offset in it. */
  at(source: string, offset: number): { service: TypeScript.LanguageService; file: string; position: number; prelude: number } {
    this.#open(source);
    const { file, prelude } = this.#current;
    return { service: this.#service, file, position: prelude + offset, prelude };
  }

  #open(source: string): void {
    const parsed = this.#ts.createSourceFile('cell.mts', source, this.#ts.ScriptTarget.ESNext);
    this.#current = this.#module(this.#current.file, source, declaredNames(parsed));
    this.#version++;
  }

  #module(file: string, source: string, declared: readonly DeclaredName[]): CellModule {
    const own = new Set(declared.map(({ name }) => name));
    const imports = new Map<string, string[]>();
    let variables = '';
    for (const name of identifiers(source)) {
      const origin = this.#origins.get(name);
      if (!origin || own.has(name)) continue;
      const from = JSON.stringify(`./${origin.file.slice(this.#folder.length + 1)}`);
      if (origin.constant) imports.set(from, [...(imports.get(from) ?? []), name]);
      else variables += `declare let ${name}: (typeof import(${from}))[${JSON.stringify(name)}]; `;
    }
    const lists = [...imports].map(([from, names]) => `import { ${names.join(', ')} } from ${from}; `);
    const prelude = `export {}; ${lists.join('')}${variables}\n`;
    return { file, text: prelude + source, prelude: prelude.length };
  }

  /** Drops modules that no name and no kept module needs any more. */
  #forget(): void {
    if (this.#modules.size < 50 || this.#count % 50 !== 0) return;
    const keep = new Set([...this.#origins.values()].map(({ file }) => file));
    for (const file of keep) {
      for (const [, name = ''] of this.#modules.get(file)?.text.matchAll(/"\.\/(__cell_\d+__\.mts)"/g) ?? []) {
        keep.add(join(this.#folder, name));
      }
    }
    for (const file of this.#modules.keys()) if (!keep.has(file)) this.#modules.delete(file);
  }

  #host(): TypeScript.LanguageServiceHost {
    const ts = this.#ts;
    const globals = join(this.#folder, '__notebook__.d.mts');
    const texts = (file: string): string | undefined => {
      if (file === this.#current.file) return this.#current.text;
      if (file === globals) return globalsText;
      return this.#modules.get(file)?.text;
    };
    return {
      getCompilationSettings: () => options(ts),
      getScriptFileNames: () => [globals, this.#current.file],
      getScriptVersion: (file) => (file === this.#current.file ? String(this.#version) : String(this.#versions.get(file) ?? 0)),
      getScriptSnapshot: (file) => {
        const text = texts(file) ?? ts.sys.readFile(file);
        return text === undefined ? undefined : ts.ScriptSnapshot.fromString(text);
      },
      getCurrentDirectory: () => this.#folder,
      getDefaultLibFileName: (settings) => ts.getDefaultLibFilePath(settings),
      fileExists: (file) => texts(file) !== undefined || ts.sys.fileExists(file),
      readFile: (file) => texts(file) ?? ts.sys.readFile(file),
      readDirectory: ts.sys.readDirectory,
      directoryExists: ts.sys.directoryExists,
      getDirectories: ts.sys.getDirectories,
      ...(ts.sys.realpath ? { realpath: ts.sys.realpath } : {}),
    };
  }
}

/** Globals of a notebook that Node does not have. */
const globalsText = `
import type * as notebook from '@fovea/kernel/notebook';
declare global {
  const display: typeof notebook.display;
  const newDisplay: typeof notebook.newDisplay;
  const clearOutput: typeof notebook.clearOutput;
  const progress: typeof notebook.progress;
  const prompt: typeof notebook.prompt;
  const password: typeof notebook.password;
  const confirm: typeof notebook.confirm;
}
`;

function options(ts: typeof TypeScript): TypeScript.CompilerOptions {
  return {
    target: ts.ScriptTarget.ESNext,
    lib: ['lib.esnext.d.ts'],
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    types: ['node'],
    strict: true,
    noImplicitAny: false,
    allowImportingTsExtensions: true,
    resolveJsonModule: true,
    esModuleInterop: true,
    skipLibCheck: true,
    noEmit: true,
    allowJs: true,
  };
}

/** Names that the cell exports itself; exporting them again would be an error. */
function exportedNames(ts: typeof TypeScript, source: TypeScript.SourceFile): Set<string> {
  const names = new Set<string>();
  for (const statement of source.statements) {
    if (ts.isExportDeclaration(statement) && statement.exportClause && ts.isNamedExports(statement.exportClause)) {
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
