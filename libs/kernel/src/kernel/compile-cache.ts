import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import module, { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { constants, Script } from 'node:vm';

interface CommonJsModule extends NodeJS.Module {
  _compile(content: string, filename: string, ...rest: unknown[]): unknown;
}

interface ModuleClass {
  prototype: CommonJsModule;
  wrap(content: string): string;
  _resolveFilename(id: string, from: unknown, main: boolean, options?: unknown): string;
  _resolveLookupPaths(id: string, from: unknown): string[] | null;
  _extensions: unknown;
  _cache: unknown;
}

type Wrapped = (...values: unknown[]) => unknown;
type Known = ReadonlyMap<string, Buffer>;

const Module = (module as unknown as { Module: ModuleClass }).Module;
const folder = fileURLToPath(new URL('../../node_modules/.cache/fovea-kernel-compiled/', import.meta.url));
/** When functions that are called soon have been compiled too, and nobody is in a hurry any more. */
const settleMs = 4000;
/** What lies behind this in a file is left out when the file is written anew. */
const maxBytes = 96e6;

/**
 * Keeps what V8 makes of packages' CommonJS files, so that the next kernel need not compile them again.
 *
 * Node 22.1 and later have this built in; before, the compile step of CommonJS is replaced, for files below `node_modules` alone.
 *
 * @param thread which file to keep it in: threads load different packages
 */
export function useCompileCache(thread: string): void {
  const { enableCompileCache } = module as { enableCompileCache?: (folder: string) => unknown };
  if (enableCompileCache) enableCompileCache(folder);
  else cacheCommonJs(join(folder, `${thread}-${process.version}-${process.arch}`));
}

function cacheCommonJs(file: string): void {
  const compile = Module.prototype._compile;
  const fresh = new Map<string, Script>();
  let known: Known | undefined;
  const settle = (): void => {
    if (known && fresh.size > 0) {
      const made = [...fresh].map(([key, script]) => [key, script.createCachedData()] as const);
      write(file, [...made, ...known]);
    }
    fresh.clear();
    known = undefined; // It takes memory, and is read again where more is loaded.
  };
  Module.prototype._compile = function (content: string, filename: string, ...rest: unknown[]): unknown {
    if (!filename.includes('node_modules') || content.startsWith('#!'))
      return compile.call(this, content, filename, ...rest);
    if (!known) {
      known = read(file);
      setTimeout(settle, settleMs).unref();
    }
    const source = Module.wrap(content);
    const key = createHash('sha1').update(filename).update(source).digest('hex');
    const cachedData = known.get(key);
    const importModuleDynamically = constants.USE_MAIN_CONTEXT_DEFAULT_LOADER;
    const script = new Script(source, {
      filename,
      importModuleDynamically,
      ...(cachedData ? { cachedData } : {}),
    });
    if (!cachedData || script.cachedDataRejected) fresh.set(key, script);
    const body = script.runInThisContext() as Wrapped;
    return body.call(this.exports, this.exports, requireOf(this), this, filename, dirname(filename));
  };
}

/** The `require` that Node gives a module. */
function requireOf(from: CommonJsModule): object {
  const require = (id: string): unknown => from.require(id);
  const resolve = (id: string, options?: unknown): string =>
    Module._resolveFilename(id, from, false, options);
  resolve.paths = (id: string) => Module._resolveLookupPaths(id, from);
  return Object.assign(require, {
    resolve,
    main: createRequire(import.meta.url).main,
    extensions: Module._extensions,
    cache: Module._cache,
  });
}

/** One file holds all: its first line says what lies where behind it. */
function read(file: string): Map<string, Buffer> {
  const known = new Map<string, Buffer>();
  try {
    const bytes = readFileSync(file);
    const start = bytes.indexOf(10) + 1;
    const index = JSON.parse(bytes.toString('utf8', 0, start)) as [string, number, number][];
    for (const [key, at, length] of index) known.set(key, bytes.subarray(start + at, start + at + length));
  } catch {
    // There is none yet, or none that can be read.
  }
  return known;
}

function write(file: string, entries: readonly (readonly [string, Buffer])[]): void {
  let size = 0;
  const kept = entries.filter(([, { length }]) => (size += length) < maxBytes);
  let end = 0;
  const index = kept.map(([key, { length }]) => [key, (end += length) - length, length]);
  const sibling = `${file}.${process.pid}`;
  try {
    mkdirSync(dirname(file), { recursive: true });
    const parts = [Buffer.from(`${JSON.stringify(index)}\n`), ...kept.map(([, data]) => data)];
    writeFileSync(sibling, Buffer.concat(parts));
    renameSync(sibling, file);
  } catch {
    // A cache that cannot be kept is none.
  }
}
