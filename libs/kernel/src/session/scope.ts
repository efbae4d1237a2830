import type { CompiledCell } from '../compiler/compile-cell.ts';
import { identifiers, type DeclarationKind } from '../compiler/names.ts';
import { Binding } from './binding.ts';

/** The one scope that all cells of a session share. */
export class Scope {
  readonly #bindings = new Map<string, Binding>();

  /** The binding of a name, made when first asked for. */
  binding(name: string): Binding {
    let binding = this.#bindings.get(name);
    if (!binding) this.#bindings.set(name, (binding = new Binding(name)));
    return binding;
  }

  /** Adds a name that no cell declared, such as `require`. */
  provide(name: string, value: unknown): void {
    const binding = this.binding(name);
    binding.initialise(value, true);
  }

  /** Names that cells declared, with how; of a text given, those that stand in it. */
  known(text?: string): Map<string, DeclarationKind> {
    const known = new Map<string, DeclarationKind>();
    // A name may also be written with escapes.
    if (text !== undefined && !text.includes('\\u')) {
      for (const name of identifiers(text)) {
        const kind = this.#bindings.get(name)?.kind;
        if (kind) known.set(name, kind);
      }
      return known;
    }
    for (const [name, { kind }] of this.#bindings) if (kind) known.set(name, kind);
    return known;
  }

  /** Declared names that have a value. */
  values(): [name: string, value: unknown][] {
    return [...this.#bindings.values()]
      .filter((binding) => binding.kind && binding.isInitialised)
      .map((binding) => [binding.name, binding.v]);
  }

  /** What the start of a cell does to the names it declares, before any of its statements runs. */
  declare(cell: Pick<CompiledCell, 'declared' | 'fresh'>): void {
    for (const [name, kind] of cell.declared) {
      const binding = this.binding(name);
      const keeps =
        kind === 'var' && binding.isInitialised && !binding.isConstant && !cell.fresh.includes(name);
      binding.kind = kind;
      if (kind === 'var' && !keeps) binding.initialise(undefined, true);
    }
  }

  clear(): void {
    for (const [name, binding] of this.#bindings) {
      if (!binding.kind) continue;
      this.#bindings.delete(name);
    }
  }
}
