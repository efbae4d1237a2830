import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import module, { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Script } from 'node:vm';
import {
  areNeighbours,
  compileWrapped,
  isPackageFile,
  PackagePack,
  resolutionKey,
  writePack,
  type PackedModule,
} from './package-pack.ts';
import { ageOf, now, stampOf, type Moment } from './stamps.ts';

interface CommonJsModule extends NodeJS.Module {
  _compile(content: string, filename: string, ...rest: unknown[]): unknown;
}

type Resolve = (id: string, from: CommonJsModule | undefined, main?: boolean, options?: unknown) => string;

interface ModuleClass {
  prototype: CommonJsModule;
  wrap(content: string): string;
  _resolveFilename: Resolve;
  _resolveLookupPaths(id: string, from: unknown): string[] | null;
  _extensions: Record<string, (module: CommonJsModule, filename: string) => unknown>;
  _cache: Record<string, unknown>;
}

type Wrapped = (...values: unknown[]) => unknown;

/** Reads what is remembered of packages before they are loaded. */
export interface Packages {
  /** Gets files ready that are about to be loaded, in small steps; nothing of them runs. What was foreseen before is forgotten. */
  foresee(files: readonly string[]): void;
  /** The cell's own code runs from now on: it may change files that were foreseen. */
  runs(): void;
}

/** One file of a package and all that it loads. */
interface Loading {
  readonly root: string;
  readonly pack: PackagePack;
  readonly since: Moment;
  /** What was compiled from its text, and names that were looked up, because the pack did not have them. */
  readonly scripts: Map<string, { readonly source: string; readonly script: Script; readonly stamp: string }>;
  readonly resolved: Map<string, string>;
}

const Module = (module as unknown as { Module: ModuleClass }).Module;
const folder = fileURLToPath(new URL('../../node_modules/.cache/fovea-kernel-packages/', import.meta.url));
/** When functions that are called soon have been compiled too, and nobody is in a hurry any more. */
const settleMs = 4000;
/** A file that changed so recently could change again without another time stamp. */
const freshMs = 2000;
/** So long is one step of what is done ahead. */
const stepMs = 4;

/**
 * Keeps what V8 makes of packages' CommonJS files, their text, and what names mean in them, so that the next kernel need not compile and
 * look for them again.
 *
 * Node 22.1 and later keep compiled code themselves; before, loading of CommonJS files below `node_modules` is replaced.
 *
 * @param thread which files to keep it in: threads load different packages
 */
export function useCompileCache(thread: string): Packages | undefined {
  const { enableCompileCache } = module as { enableCompileCache?: (folder: string) => unknown };
  if (!enableCompileCache)
    return new PackageCache(join(folder, `${thread}-${process.version}-${process.arch}`));
  enableCompileCache(folder);
  return undefined;
}

class PackageCache implements Packages {
  readonly #folder: string;
  readonly #foreseen = new Map<string, PackagePack>();
  readonly #loaded: Loading[] = [];
  #current: Loading | undefined;
  /** State of files that are being loaded, before they were read. */
  readonly #read = new Map<string, string | undefined>();
  #settles = false;
  #runs = false;

  constructor(folder: string) {
    this.#folder = folder;
    const { _resolveFilename: resolve } = Module;
    const { '.js': plain } = Module._extensions;
    const { _compile: compile } = Module.prototype;
    Module._extensions['.js'] = (target, file) => {
      // Who has given a module a way of its own to be compiled wants its text.
      if (!isPackageFile(file) || Object.hasOwn(target, '_compile')) return plain?.(target, file);
      return this.#load(target, file, () => plain?.(target, file));
    };
    Module._resolveFilename = (id, from, main, options) => {
      const loading = this.#current;
      if (!loading || options !== undefined || typeof from?.path !== 'string')
        return resolve.call(Module, id, from, main, options);
      const known = loading.pack.resolve(from.path, id);
      if (known !== undefined) return known;
      const found = resolve.call(Module, id, from, main);
      if (areNeighbours(found, join(from.path, 'file')))
        loading.resolved.set(resolutionKey(from.path, id), found);
      return found;
    };
    const compiled = (target: CommonJsModule, content: string, file: string): unknown => {
      const source = Module.wrap(content);
      const script = compileWrapped(file, source);
      const stamp = this.#read.get(file);
      if (stamp !== undefined) this.#current?.scripts.set(file, { source, script, stamp });
      return evaluate(target, script, file);
    };
    Module.prototype._compile = function (content: string, file: string, ...rest: unknown[]): unknown {
      if (!isPackageFile(file) || content.startsWith('#!')) return compile.call(this, content, file, ...rest);
      return compiled(this, content, file);
    };
  }

  runs(): void {
    this.#runs = true;
  }

  foresee(files: readonly string[]): void {
    this.#forget();
    this.#runs = false;
    if (files.length === 0) return;
    const isLoaded = (file: string): boolean => file in Module._cache;
    const packs = files.filter((file) => !isLoaded(file)).map((file) => this.#open(file));
    const steps = (function* () {
      for (const pack of packs) yield* pack.prepare(isLoaded);
    })();
    const go = (): void => {
      const end = performance.now() + stepMs;
      while (performance.now() < end) if (steps.next().done) return;
      setImmediate(go);
    };
    setImmediate(go);
    this.#settleLater();
  }

  #forget(): void {
    for (const pack of this.#foreseen.values()) pack.release();
    this.#foreseen.clear();
  }

  #open(root: string): PackagePack {
    let pack = this.#foreseen.get(root);
    if (!pack) this.#foreseen.set(root, (pack = PackagePack.open(this.#file(root))));
    return pack;
  }

  #load(target: CommonJsModule, file: string, plain: () => unknown): unknown {
    const outermost = !this.#current;
    // The cell may have changed a file since the pack was opened for it.
    if (outermost && this.#runs) this.#foreseen.get(file)?.refresh();
    const loading = (this.#current ??= {
      root: file,
      pack: this.#open(file),
      since: now(),
      scripts: new Map(),
      resolved: new Map(),
    });
    try {
      const script = loading.pack.take(file);
      if (!script) {
        // Before it is read: a change while it is being read is a change.
        this.#read.set(file, stampOf(file, freshMs));
        return plain();
      }
      return evaluate(target, script, file);
    } finally {
      if (outermost) {
        this.#current = undefined;
        this.#foreseen.delete(file);
        loading.pack.release();
        this.#read.clear();
        if (loading.scripts.size > 0) this.#loaded.push(loading);
        this.#settleLater();
      }
    }
  }

  #settleLater(): void {
    if (this.#settles) return;
    this.#settles = true;
    setTimeout(() => this.#settle(), settleMs).unref();
  }

  #settle(): void {
    this.#settles = false;
    this.#forget(); // It takes memory, and is read again where more is loaded.
    for (const { root, scripts, resolved, since } of this.#loaded.splice(0)) {
      const old = PackagePack.open(this.#file(root)).content();
      const made = [...scripts].flatMap(([file, { source, script, stamp }]): [string, PackedModule][] =>
        isTextOf(file, source) ? [[file, { source, code: script.createCachedData(), stamp }]] : [],
      );
      const modules = new Map([...old.modules, ...made]);
      const content = { modules, resolved: new Map([...old.resolved, ...resolved]) };
      writePack(this.#file(root), content, ageOf(since));
    }
  }

  #file(root: string): string {
    const { NODE_PATH, NODE_OPTIONS } = process.env;
    const key = [root, NODE_PATH, NODE_OPTIONS, ...process.execArgv].join('\0');
    return join(this.#folder, createHash('sha1').update(key).digest('hex'));
  }
}

/** Whether what was compiled is what the file has; a tool that changes texts as they are loaded may not be there the next time. */
function isTextOf(file: string, source: string): boolean {
  try {
    return Module.wrap(readFileSync(file, 'utf8').replace(/^\uFEFF/, '')) === source;
  } catch {
    return false;
  }
}

function evaluate(target: CommonJsModule, script: Script, file: string): unknown {
  const body = script.runInThisContext() as Wrapped;
  return body.call(target.exports, target.exports, requireOf(target), target, file, dirname(file));
}

const { main } = createRequire(import.meta.url);

/** The `require` that Node gives a module. */
function requireOf(from: CommonJsModule): object {
  const require = (id: string): unknown => from.require(id);
  const resolve = (id: string, options?: unknown): string =>
    Module._resolveFilename(id, from, false, options);
  resolve.paths = (id: string) => Module._resolveLookupPaths(id, from);
  require.resolve = resolve;
  require.main = main;
  require.extensions = Module._extensions;
  require.cache = Module._cache;
  return require;
}
