import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { API, DiagnosticCategory } from 'typescript-native/unstable/sync';
import type { CellDiagnostic } from '../compiler/transpile.ts';
import { log } from '../kernel/log.ts';
import { isPackageFile } from '../kernel/package-pack.ts';
import { ageOf, isYoung, now, type Moment } from '../kernel/stamps.ts';
import { answerAtOnce, channelOf } from './checker-channel.ts';
import { toCellPlace } from './cell-diagnostics.ts';
import {
  cellOptions,
  checkingVersion,
  isIgnored,
  notebookGlobals,
  type CellModule,
  type CellModules,
} from './cell-modules.ts';
import { RightCells } from './right-cells.ts';
import { tsconfigPaths } from './tsconfig-paths.ts';

/** So many right texts are remembered, none of them longer. */
const maxRemembered = 200;
const maxRememberedText = 20_000;

type Snapshot = ReturnType<API['updateSnapshot']>;
type Project = NonNullable<ReturnType<Snapshot['getProject']>>;

/** A cell opened in the checker. */
export interface OpenCell {
  readonly project: Project;
  readonly file: string;
  /** Offset of the cell's text in the file. */
  readonly prelude: number;
  readonly offered: readonly string[];
}

/** Knows the types of cells through TypeScript's native compiler, which runs in a process of its own. */
export class NativeChecker {
  readonly #modules: CellModules;
  /** Where the notebook lies. */
  readonly folder: string;
  readonly #config: string;
  readonly #globals: string;
  readonly #file: string;
  #api: API;
  #draft: CellModule;
  #snapshot: Snapshot | undefined;
  #globalNames: readonly string[] | undefined;
  /** Snapshots that nobody needs any more. */
  readonly #left: Snapshot[] = [];
  /** Texts of modules that were found right: a cell that is run again need not be checked again. */
  readonly #right = new Set<string>();
  /** The same of earlier kernels, for cells that import and stand on their own. */
  readonly #proven: RightCells;
  /** A cell that was proven right, which the compiler has not seen yet: it reads the packages' types while the cell runs. */
  #owed: string | undefined;
  /** When the compiler began to read what it knows. */
  #since: Moment = now();
  /** Whether names of packages may mean other files, which may come to be: what is right now need not be so then. */
  readonly #hasPaths: boolean;

  constructor(folder: string, modules: CellModules) {
    this.folder = folder;
    this.#modules = modules;
    this.#config = join(folder, '__notebook__.json');
    this.#globals = join(folder, '__notebook__.d.mts');
    this.#file = join(folder, '__cell__.mts');
    this.#draft = modules.draft(this.#file, '');
    this.#hasPaths = Object.keys(tsconfigPaths(folder)).length > 0;
    const checker = [compiler.version, this.#configText(), checkingVersion];
    this.#proven = new RightCells(folder, JSON.stringify(checker));
    this.#api = this.#start();
  }

  /**
   * Errors of a cell that has not run yet, with places in the cell.
   *
   * @param meanwhile is called while the compiler's process works
   */
  check(source: string, meanwhile: () => void): CellDiagnostic[] {
    const draft = this.#modules.draft(this.#file, source);
    if (this.#right.delete(draft.text)) {
      this.#right.add(draft.text);
      return [];
    }
    if (this.#standsAlone(draft, source) && this.#proven.has(draft.text)) {
      this.#owed = source;
      return [];
    }
    if (this.#snapshot) this.#afterReading(meanwhile);
    let found = this.#errors(draft, source);
    if (found.length > 0 && this.#mayBeOld(found)) {
      this.refresh();
      found = this.#errors(this.#modules.draft(this.#file, source), source);
    }
    if (found.length === 0) this.#remember(draft.text);
    if (found.length === 0 && this.#standsAlone(draft, source)) this.#owed = source;
    return found;
  }

  #errors(draft: CellModule, source: string): CellDiagnostic[] {
    const { project, file } = this.#open(draft);
    // What is no TypeScript at all the cell compiler says itself, without a question to the process.
    return project.program
      .getSemanticDiagnostics(file)
      .filter(({ category, code }) => category === DiagnosticCategory.Error && !isIgnored(code))
      .map((diagnostic) => toCellPlace(diagnostic, draft, source));
  }

  /** Whether errors may come from files that are not what the compiler has read, or that were not there. */
  #mayBeOld(found: readonly CellDiagnostic[]): boolean {
    const missing = new Set([2307, 2688, 2792, 2834, 2835]);
    if (found.some(({ code }) => missing.has(code))) return true;
    const names = this.#snapshot?.getProjects()[0]?.program.getSourceFileNames() ?? [];
    const age = ageOf(this.#since);
    return names.some((file) => !isPackageFile(file) && !this.#isOwn(file) && isYoung(file, age));
  }

  /** Whether a file exists only for the compiler. */
  #isOwn(file: string): boolean {
    return file.startsWith('bundled:') || (dirname(file) === this.folder && virtual.test(basename(file)));
  }

  /** Whether a cell imports something, and uses no name of earlier cells. */
  #standsAlone({ text, prelude }: CellModule, source: string): boolean {
    if (this.#hasPaths || !/\bimport\b/.test(source) || text.length > maxRememberedText) return false;
    return prelude === this.#modules.draft(this.#file, '').prelude;
  }

  /** Shows the compiler what it has not seen, and writes down what it says of it. */
  #settle(): void {
    const source = this.#owed;
    if (source === undefined) return;
    this.#owed = undefined;
    const draft = this.#modules.draft(this.#file, source);
    if (!this.#right.has(draft.text) && this.#errors(draft, source).length > 0) {
      log('a cell that was right before has wrong types now.');
      this.#proven.forget(draft.text);
      return;
    }
    this.#remember(draft.text);
    const names = this.#snapshot?.getProjects()[0]?.program.getSourceFileNames() ?? [];
    const files = names.filter((name) => !this.#isOwn(name));
    if (!this.#proven.has(draft.text)) this.#proven.add(draft.text, files, this.#since);
  }

  #remember(text: string): void {
    if (text.length > maxRememberedText) return;
    this.#right.add(text);
    if (this.#right.size > maxRemembered) this.#right.delete(this.#right.values().next().value ?? '');
  }

  /** The sync client only waits while the process works on a text that it has read; a call then costs nothing. */
  #afterReading(work: () => void): void {
    const channel = channelOf(this.#api);
    const read = channel?.readTuple;
    if (!channel || !read) return;
    let calls = 0;
    channel.readTuple = () => {
      // The first message of the process asks for the text.
      if (++calls === 1) return read.call(channel);
      Reflect.deleteProperty(channel, 'readTuple');
      try {
        work();
      } catch {
        // Whoever wants its result does it again, and hears of it.
      }
      return read.call(channel);
    };
  }

  /** Whether the compiler has much to read that no answer waits for. */
  get isBehind(): boolean {
    return this.#owed !== undefined && !this.#right.has(this.#modules.draft(this.#file, this.#owed).text);
  }

  /** What can wait until an answer is on its way. */
  tidy(): void {
    this.#settle();
    for (const snapshot of this.#left.splice(0)) snapshot.dispose();
  }

  /** Opens a text that is being written, for completion and inspection; `typed` is the beginning of a name at the cursor. */
  sketch(source: string, typed: string): OpenCell {
    return this.#open(this.#modules.sketch(this.#file, source, typed));
  }

  /** Names of the language's and Node's global variables, functions and classes; what is open now is closed. */
  globals(): readonly string[] {
    if (this.#globalNames) return this.#globalNames;
    const code = 'globalThis.';
    const { project, file, prelude } = this.sketch(code, ' ');
    const list = project.checker.getCompletionsAtPosition(file, prelude + code.length);
    this.#globalNames = (list?.entries ?? []).map(({ name }) => name);
    return this.#globalNames;
  }

  #open(draft: CellModule): OpenCell {
    this.#draft = draft;
    let snapshot: Snapshot;
    try {
      snapshot = this.#update();
    } catch {
      // The compiler's process is gone, for instance by a Ctrl-C in the terminal that started all of this.
      this.#snapshot = undefined;
      this.#left.length = 0;
      this.#api = this.#start();
      snapshot = this.#update();
    }
    const project = snapshot.getProjects()[0];
    if (!project) throw new Error('the type checker has no project.');
    return { project, file: this.#file, prelude: draft.prelude, offered: draft.offered };
  }

  /** Forgets what files looked like: sources have changed. */
  refresh(): void {
    this.#right.clear();
    if (!this.#snapshot) return;
    this.tidy();
    const old = this.#snapshot;
    this.#since = now();
    this.#snapshot = this.#api.updateSnapshot({ fileChanges: { invalidateAll: true } });
    old.dispose();
  }

  close(): void {
    this.#api.close();
  }

  #update(): Snapshot {
    const old = this.#snapshot;
    if (!old) this.#since = now();
    const next = this.#api.updateSnapshot(
      old ? { fileChanges: { changed: [this.#file] } } : { openProjects: [this.#config] },
    );
    this.#snapshot = next;
    if (old) this.#left.push(old);
    return next;
  }

  #configText(): string {
    // Notebooks written for tslab get our displays, so also their types.
    const paths = {
      ...tsconfigPaths(this.folder),
      tslab: [fileURLToPath(new URL('../tslab.ts', import.meta.url))],
    };
    const files = [nodeTypes(this.folder), this.#globals, this.#file];
    return JSON.stringify({ compilerOptions: { ...cellOptions, paths }, files });
  }

  #start(): API {
    const read = (file: string): string | undefined => {
      if (file === this.#file) return this.#draft.text;
      if (file === this.#globals)
        return notebookGlobals(fileURLToPath(new URL('../notebook.ts', import.meta.url)));
      if (file === this.#config) return this.#configText();
      return this.#modules.text(file);
    };
    const api = new API({
      cwd: this.folder,
      fs: { readFile: read, fileExists: (file) => (read(file) === undefined ? undefined : true) },
    });
    answerAtOnce(channelOf(api));
    return api;
  }
}

const compiler = createRequire(import.meta.url)('typescript-native/package.json') as {
  readonly version: string;
};

/** Node's types as the notebook's folder has them, else the kernel's own: a notebook may lie anywhere. */
function nodeTypes(folder: string): string {
  for (const from of [join(folder, 'notebook.mts'), fileURLToPath(import.meta.url)]) {
    try {
      return join(dirname(createRequire(from).resolve('@types/node/package.json')), 'index.d.ts');
    } catch {
      // Not here.
    }
  }
  throw new Error('the types of Node are not installed.');
}

/** Files that {@link NativeChecker} makes up. */
const virtual = /^__(?:notebook|cell(?:_\d+)?)__\.(?:d\.)?(?:mts|json)$/;
