import type { DeclarationKind } from '../compiler/names.ts';

/**
 * Where the value of one top-level name lives; every cell and closure that uses the name shares it.
 *
 * Compiled code reads and writes `v`. Until the name has a value, `v` is the accessor below; then it is a plain own property,
 * which V8 reads as fast as any field. The other one-letter members are what the cell compiler emits for a declaration (`L`, `C`, `F`),
 * for `typeof` (`t`), for an assignment to a constant (`K`), and for a use above its declaration (`D`).
 */
export class Binding {
  readonly name: string;
  kind: DeclarationKind | undefined = undefined;

  constructor(name: string) {
    this.name = name;
  }

  get v(): unknown {
    if (!this.kind && this.name in globalThis) return Reflect.get(globalThis, this.name) as unknown;
    throw this.#absent();
  }

  set v(value: unknown) {
    if (this.kind || !(this.name in globalThis)) throw this.#absent();
    Reflect.set(globalThis, this.name, value);
  }

  get t(): unknown {
    if (this.kind || Object.hasOwn(this, 'v')) return this.v;
    return Reflect.get(globalThis, this.name) as unknown;
  }

  get D(): unknown {
    throw uninitialised(this.name);
  }

  set D(_value: unknown) {
    throw uninitialised(this.name);
  }

  get K(): unknown {
    return this.v;
  }

  set K(value: unknown) {
    if (!Object.hasOwn(this, 'v')) throw this.#absent();
    if (this.isConstant) throw new TypeError('Assignment to constant variable.');
    this.v = value;
  }

  set L(value: unknown) {
    this.initialise(value, true);
  }

  set C(value: unknown) {
    this.initialise(value, false);
  }

  set F(value: unknown) {
    this.initialise(value, true);
  }

  /** True once the name has a value. */
  get isInitialised(): boolean {
    return Object.hasOwn(this, 'v');
  }

  get isConstant(): boolean {
    return !Object.getOwnPropertyDescriptor(this, 'v')?.writable;
  }

  /** Gives the name its value, whatever it was before. */
  initialise(value: unknown, writable: boolean): void {
    Object.defineProperty(this, 'v', { value, writable, enumerable: true, configurable: true });
  }

  /** Makes the name a live view of what a module exports. */
  follow(read: () => unknown): void {
    Object.defineProperty(this, 'v', { get: read, enumerable: true, configurable: true });
  }

  #absent(): ReferenceError {
    return this.kind ? uninitialised(this.name) : new ReferenceError(`${this.name} is not defined`);
  }
}

function uninitialised(name: string): ReferenceError {
  return new ReferenceError(`Cannot access '${name}' before initialization`);
}
