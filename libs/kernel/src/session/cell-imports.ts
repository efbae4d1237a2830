import { realpathSync } from 'node:fs';
import { resolve } from 'node:path';
import type { CompiledCell } from '../compiler/compile-cell.ts';
import type { Importer } from './importer.ts';
import type { Reloader } from './reloader.ts';
import type { Scope } from './scope.ts';

type Namespace = Readonly<Record<string, unknown>>;

interface Imported {
  readonly specifier: string;
  readonly attributes: Readonly<Record<string, string>>;
  /** Name in the module; `*` is the whole namespace. */
  readonly name: string;
}

/** What came of loading modules anew. */
interface Reloaded {
  /** Names whose module could not be loaded, and why the first of them could not. */
  readonly failed?: { readonly names: readonly string[]; readonly error: unknown };
}

/** Does what the `import` statements of cells say, and does it again when modules have changed. */
export class CellImports {
  readonly #importer: Importer;
  readonly #scope: Scope;
  readonly #done = new Map<string, Imported>();

  constructor(importer: Importer, scope: Scope) {
    this.#importer = importer;
    this.#scope = scope;
  }

  async run({ imports }: CompiledCell): Promise<void> {
    for (const { specifier, attributes, bindings } of imports) {
      const namespace = await this.#importer.import(specifier, attributes);
      for (const { local, imported: name } of bindings) {
        const imported = { specifier, attributes, name };
        this.#bind(local, imported, namespace);
        this.#done.set(local, imported);
      }
    }
  }

  /**
   * Loads local modules anew and lets the names that cells imported follow them; says whether it did. A name whose module cannot be
   * loaded any more says so when it is used, for what it was before would be wrong.
   *
   * @param wanted `all` that are local; those that have `changed`; or of the changed ones those that `%aimport` named
   */
  async reload(
    reloader: Reloader,
    wanted: 'all' | 'changed' | ReadonlySet<string>,
  ): Promise<Reloaded | undefined> {
    const changed = wanted === 'all' ? reloader.loaded() : reloader.changed();
    const files = typeof wanted === 'string' ? changed : changed.filter((file) => this.#named(wanted, file));
    if (files.length === 0) return undefined;
    await reloader.renew(files);
    const failed: { name: string; error: unknown }[] = [];
    const loading = new Map<string, Promise<Namespace>>();
    for (const [local, imported] of this.#done) {
      const binding = this.#scope.binding(local);
      // A later cell may have declared the name as something else.
      if (binding.kind !== 'import') continue;
      const { specifier, attributes } = imported;
      const key = JSON.stringify([specifier, attributes]);
      // Once: a module that fails would run again for each of its names.
      const namespace = loading.get(key) ?? this.#importer.import(specifier, attributes);
      loading.set(key, namespace);
      try {
        this.#bind(local, imported, await namespace);
      } catch (error) {
        failed.push({ name: local, error });
        binding.follow(() => {
          throw error;
        });
      }
    }
    const [first] = failed;
    return first ? { failed: { names: failed.map(({ name }) => name), error: first.error } } : {};
  }

  /** Whether one of the specifiers means a file; relative ones are of the notebook's folder. */
  #named(specifiers: ReadonlySet<string>, file: string): boolean {
    return [...specifiers].some((specifier) => {
      if (resolve(this.#importer.folder, specifier) === file) return true;
      try {
        return realpathSync(this.#importer.require.resolve(specifier)) === file;
      } catch {
        return false;
      }
    });
  }

  #bind(local: string, { specifier, name }: Imported, namespace: Namespace): void {
    const binding = this.#scope.binding(local);
    binding.kind = 'import';
    if (name === '*') binding.initialise(namespace, false);
    else binding.follow(exported(namespace, name, specifier));
  }
}

function exported(namespace: Namespace, name: string, specifier: string): () => unknown {
  if (name in namespace) return () => namespace[name];
  // A type imported without `type` leaves no trace at run time, so only a use can be wrong.
  return () => {
    throw new SyntaxError(`The requested module '${specifier}' does not provide an export named '${name}'`);
  };
}
