import type { MimeBundle } from '../displays/mime-bundle.ts';
import { mimeBundle, textBundle } from '../displays/mime-bundle.ts';
import type { Session } from '../session/session.ts';
import { tracedCells, type CompiledPlaces } from '../session/stack-traces.ts';
import { textOf, Variables, type Variable } from './variables.ts';

/** What the debugger asks of the main thread, also while it is paused. */
export class DebugHost {
  readonly #session: Session;
  readonly #variables = new Variables();
  readonly #declare: (name: string) => void;

  /** @param declare tells the type checker of a name that no cell declared */
  constructor(session: Session, declare: (name: string) => void) {
    this.#session = session;
    this.#declare = declare;
  }

  /** Everything that cells have declared. */
  globals(): Variable[] {
    this.#variables.reset();
    return this.#variables.list(this.#session.scope.values());
  }

  list(names: readonly string[], values: readonly unknown[]): Variable[] {
    return this.#variables.list(names.map((name, i) => [name, values[i]]));
  }

  /** Those of some names that have a value. */
  some(names: readonly string[]): Variable[] {
    return this.#variables.list(this.#session.scope.values().filter(([name]) => names.includes(name)));
  }

  children(reference: number): Variable[] {
    return this.#variables.children(reference);
  }

  /**
   * Gives a name of a cell a value.
   *
   * @throws TypeError where it is a constant
   */
  set(name: string, value: unknown): Variable[] {
    const binding = this.#session.scope.binding(name);
    binding.K = value;
    return this.list([name], [binding.v]);
  }

  /** Gives a part of a value that was listed another value. */
  assign(reference: number, name: string, value: unknown): Variable[] {
    return this.#variables.assign(reference, name, value);
  }

  known(): string[] {
    return [...this.#session.scope.known().keys()];
  }

  /** The binding of a name; expressions of the debugger go through it. */
  binding(name: string): object {
    return this.#session.scope.binding(name);
  }

  /** Gives a value a name that later cells see. */
  copy(name: string, value: unknown): void {
    const binding = this.#session.scope.binding(name);
    binding.kind = 'let';
    binding.initialise(value, true);
    this.#declare(name);
  }

  /** A value in all its formats, now: nothing can be awaited while the thread is paused. */
  rich(value: unknown): MimeBundle {
    const bundle = mimeBundle(value);
    return bundle instanceof Promise ? textBundle(textOf(value)) : bundle;
  }

  async richGlobal(name: string): Promise<MimeBundle | undefined> {
    const found = this.#session.scope.values().find(([one]) => one === name);
    return found && (await mimeBundle(found[1]));
  }

  /** Source and source maps of cells that have run, by their script's name. */
  cells(files: readonly string[]): CompiledPlaces[] {
    return tracedCells(files);
  }
}
