import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { constants, Script } from 'node:vm';

type Namespace = Readonly<Record<string, unknown>>;
type Import = (specifier: string, options?: unknown) => Promise<Namespace>;

/** Who hears of imports of modules that are no packages of CommonJS. */
export interface ImportWatch {
  begins(): Promise<unknown> | undefined;
  failed(): Promise<unknown> | undefined;
}

/** Loads modules as a file in the notebook's folder would. */
export class Importer {
  readonly require: NodeJS.Require;
  readonly file: string;
  readonly folder: string;
  readonly #import: Import;
  readonly #overrides: ReadonlyMap<string, () => unknown>;
  readonly #prepare: () => Promise<unknown> | undefined;
  readonly #watch: ImportWatch | undefined;

  /**
   * @param folder where the notebook lies
   * @param overrides modules that the kernel itself answers for, by specifier
   * @param prepare is awaited before anything is loaded
   * @param watch hears of imports
   */
  constructor(
    folder: string,
    overrides: ReadonlyMap<string, () => unknown> = new Map(),
    prepare: () => Promise<unknown> | undefined = () => undefined,
    watch?: ImportWatch,
  ) {
    this.#prepare = prepare;
    this.#watch = watch;
    this.folder = folder;
    this.file = join(folder, 'notebook.mts');
    this.#overrides = overrides;
    const nodeRequire = createRequire(this.file);
    const routed = (id: string): unknown => overrides.get(id)?.() ?? nodeRequire(id);
    this.require = Object.assign(routed, nodeRequire);
    // A script's own import() resolves against the script's file, and goes through every registered loader.
    const script = new Script('(specifier, options) => import(specifier, options)', {
      filename: pathToFileURL(this.file).href,
      importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
    });
    this.#import = script.runInThisContext() as Import;
  }

  /** `import(specifier)` from the notebook's folder; exports that Node misses in a CommonJS module are added. */
  async import(specifier: string, attributes: Readonly<Record<string, string>> = {}): Promise<Namespace> {
    const override = this.#overrides.get(specifier);
    if (override) {
      const value = override() as Namespace;
      return { ...value, default: value };
    }
    const file = Object.keys(attributes).length === 0 ? this.#commonJs(specifier) : undefined;
    if (file) return commonJsNamespace(this.require(file));
    await this.#prepare();
    const wanted = specifier.endsWith('.json') && !attributes.type ? { type: 'json' } : attributes;
    const options = Object.keys(wanted).length > 0 ? { with: wanted } : undefined;
    await this.#watch?.begins();
    try {
      const namespace = await this.#import(specifier, options);
      return specifier.endsWith('.json') ? withKeys(namespace) : complete(namespace);
    } catch (error) {
      await this.#watch?.failed();
      throw error;
    }
  }

  /** Files of packages that a cell's text says it will load by `require`, or by an `import` that is one. */
  packageFiles(source: string): string[] {
    const files = new Set<string>();
    for (const [, , specifier = ''] of source.matchAll(
      /\b(?:from|import|require)\s*\(?\s*(['"])([^'"\n]+)\1/g,
    )) {
      const file = this.#overrides.has(specifier) ? undefined : this.#commonJs(specifier);
      if (file) files.add(file);
    }
    return [...files];
  }

  /**
   * File of a package that can only be CommonJS, and the same one for `import` and for `require`: it has no `exports`.
   * Loaded by `require` it is there in half the time, for no loader has to look at each of its files.
   */
  #commonJs(specifier: string): string | undefined {
    if (/^(?:[./#]|\w+:)/.test(specifier)) return undefined;
    try {
      const file = this.require.resolve(specifier);
      if (!/[\\/]node_modules[\\/].*\.c?js$/.test(file)) return undefined;
      return manifests(file).some(({ exports, type }) => exports !== undefined || type === 'module')
        ? undefined
        : file;
    } catch {
      return undefined; // The loader knows better what is wrong.
    }
  }
}

/** The parts of a JSON file by their names too, as compilers of TypeScript give them. */
function withKeys(namespace: Namespace): Namespace {
  const all = namespace.default;
  if (typeof all !== 'object' || all === null || Array.isArray(all)) return namespace;
  return commonJsNamespace(all);
}

/** What `import` gives of a CommonJS module: its exports by name, and all of them as the default. */
function commonJsNamespace(exports: unknown): Namespace {
  const namespace = Object.create(null) as Record<string, unknown>;
  if ((typeof exports === 'object' && exports !== null) || typeof exports === 'function') {
    const all = exports as Record<string, unknown>;
    for (const key of Object.keys(all)) {
      // What a compiler of modules calls the default is one export of many: the default is all of them, as in Node.
      if (key !== 'default') Object.defineProperty(namespace, key, { get: () => all[key], enumerable: true });
    }
  }
  Object.defineProperty(namespace, 'default', { value: exports, enumerable: true });
  return Object.defineProperty(namespace, Symbol.toStringTag, { value: 'Module' });
}

/**
 * Node finds the exports of a CommonJS module by reading its text and misses some; types promise all of them.
 * They are added here where the module's default is an object that has more than its namespace.
 */
function complete(namespace: Namespace): Namespace {
  const all = namespace.default;
  if (typeof all !== 'object' || all === null || !isCommonJs(all)) return namespace;
  const missing = Object.keys(all).filter((key) => !(key in namespace));
  if (missing.length === 0) return namespace;
  const merged = Object.create(null) as Record<string, unknown>;
  for (const key of [...Object.keys(namespace), ...missing]) {
    const from = (key in namespace ? namespace : all) as Namespace;
    Object.defineProperty(merged, key, { get: () => from[key], enumerable: true });
  }
  return merged;
}

/** Every package.json between a package's file and the folder `node_modules` that it lies in. */
function manifests(file: string): { readonly exports?: unknown; readonly type?: unknown }[] {
  const found: { exports?: unknown; type?: unknown }[] = [];
  for (let folder = dirname(file); basename(folder) !== 'node_modules'; folder = dirname(folder)) {
    const manifest = join(folder, 'package.json');
    if (existsSync(manifest)) found.push(JSON.parse(readFileSync(manifest, 'utf8')) as (typeof found)[0]);
  }
  return found;
}

const cache = createRequire(import.meta.url).cache;
const knownExports = new WeakSet<object>();

function isCommonJs(exports: object): boolean {
  if (knownExports.has(exports)) return true;
  for (const module of Object.values(cache)) {
    const value: unknown = module?.exports;
    if (typeof value === 'object' && value !== null) knownExports.add(value);
  }
  return knownExports.has(exports);
}
