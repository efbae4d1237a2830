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

  /** Loads local modules anew where one has changed, or in any case when forced; says whether it did. */
  async reload(reloader: Reloader, forced: boolean): Promise<boolean> {
    if (!forced && !reloader.changed()) return false;
    await reloader.renew();
    for (const [local, imported] of this.#done) {
      // A later cell may have declared the name as something else.
      if (this.#scope.binding(local).kind !== 'import') continue;
      this.#bind(local, imported, await this.#importer.import(imported.specifier, imported.attributes));
    }
    return true;
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
