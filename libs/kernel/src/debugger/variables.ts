import { inspect, types } from 'node:util';
import { isDataFrame, isSeries } from '../displays/tables.ts';
import { isTensor } from '../displays/tensors.ts';

/** A variable as the Debug Adapter Protocol wants it. */
export interface Variable {
  readonly name: string;
  readonly value: string;
  /** Absent for what its value says: front ends show the type in the place of the value. */
  readonly type?: string;
  /** Asks for what is inside; 0 where there is nothing. */
  readonly variablesReference: number;
}

type Entry = readonly [name: string, value: unknown];

const maxText = 200;
const maxChildren = 1000;
const rangeLength = 100;

/** Describes values and remembers, weakly, how to look into them. */
export class Variables {
  readonly #inside = new Map<number, () => readonly Entry[]>();
  /** Lists and objects whose parts may be given values. */
  readonly #targets = new Map<number, WeakRef<object>>();
  #last = 0;

  list(entries: readonly Entry[]): Variable[] {
    return entries.map(([name, value]) => this.#describe(name, value));
  }

  /** What is inside a variable that was listed. */
  children(reference: number): Variable[] {
    return this.list(this.#inside.get(reference)?.() ?? []);
  }

  /**
   * Gives a part of a list or of a plain object a value.
   *
   * @throws where the part is none that can be changed
   */
  assign(reference: number, name: string, value: unknown): Variable[] {
    const target = this.#targets.get(reference)?.deref();
    const own = target && Object.getOwnPropertyDescriptor(target, name);
    if (!target || !own || !Reflect.set(target, name, value))
      throw new Error(`setVariable: ${name} cannot be changed here.`);
    return this.list([[name, Reflect.get(target, name)]]);
  }

  /** Forgets all references; they are not asked for any more. */
  reset(): void {
    this.#inside.clear();
    this.#targets.clear();
  }

  #describe(name: string, value: unknown): Variable {
    const type = typeOf(value);
    const described = { name, value: textOf(value), ...(type ? { type } : {}), variablesReference: 0 };
    if (value instanceof Range) return { ...described, ...this.#refer(() => value.entries(), value.target) };
    if (typeof value !== 'object' || value === null) return described;
    const weak = new WeakRef(value);
    if (isEmpty(value)) return described;
    return {
      ...described,
      ...this.#refer(() => inside(weak.deref() ?? {}), isOpen(value) ? weak : undefined),
    };
  }

  #refer(entries: () => readonly Entry[], target?: WeakRef<object>): { variablesReference: number } {
    this.#inside.set(++this.#last, entries);
    if (target) this.#targets.set(this.#last, target);
    return { variablesReference: this.#last };
  }
}

/** A part of a long list. */
class Range {
  readonly #list: WeakRef<ArrayLike<unknown> & object>;
  readonly #from: number;
  readonly #to: number;

  constructor(list: ArrayLike<unknown> & object, from: number, to: number) {
    this.#list = new WeakRef(list);
    this.#from = from;
    this.#to = to;
  }

  get target(): WeakRef<object> {
    return this.#list;
  }

  get text(): string {
    return `${this.#to - this.#from} values`;
  }

  entries(): Entry[] {
    const list = this.#list.deref();
    return Array.from({ length: this.#to - this.#from }, (_, i) => [
      String(this.#from + i),
      list?.[this.#from + i],
    ]);
  }
}

/** Class and size of an object. */
function typeOf(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null || value instanceof Range) return undefined;
  try {
    if (isTensor(value)) return `Tensor ${value.dtype} [${value.shape.join(', ')}]`;
    const name = value.constructor?.name || 'object';
    if (isDataFrame(value)) return `${name} ${value.shape.join(' × ')}`;
    if (value instanceof Map || value instanceof Set) return `${name}(${value.size})`;
    return isList(value) ? `${name}(${value.length})` : name;
  } catch {
    return 'object';
  }
}

/** A value in one line. */
export function textOf(value: unknown): string {
  let text: string;
  try {
    text =
      known(value) ??
      inspect(value, { depth: 1, breakLength: Infinity, maxArrayLength: 20, maxStringLength: maxText });
  } catch (error) {
    text = `(cannot be shown: ${error instanceof Error ? error.message : String(error)})`;
  }
  const line = text.replace(/\s*\n\s*/g, ' ');
  return line.length > maxText ? `${line.slice(0, maxText - 1)}…` : line;
}

function known(value: unknown): string | undefined {
  if (value instanceof Range) return value.text;
  if (typeof value !== 'object' || value === null) return undefined;
  if (isTensor(value)) {
    const shape = `[${value.shape.join(', ')}]`;
    if (value.isDisposed) return `${shape}, disposed`;
    if (value.shape.length === 0 && value.size === 1) return `${shape} ${inspect(value.dataSync()[0])}`;
    return shape;
  }
  if (isDataFrame(value))
    return `${value.values.length} rows × ${value.columns.length} columns: ${value.columns.join(', ')}`;
  if (isSeries(value)) return `${value.values.length} values, ${value.dtypes.join(', ')}`;
  return undefined;
}

function isEmpty(value: object): boolean {
  if (types.isProxy(value)) return true;
  if (value instanceof Map || value instanceof Set) return value.size === 0;
  if (isList(value)) return value.length === 0;
  return Object.getOwnPropertyNames(value).length === 0;
}

/** Whether what one sees inside of a value are its own properties. */
function isOpen(value: object): boolean {
  return !isTensor(value) && !isDataFrame(value) && !(value instanceof Map) && !(value instanceof Set);
}

/** What one sees of an object when it is opened. */
function inside(value: object): Entry[] {
  if (isTensor(value)) {
    const parts: Entry[] = [
      ['dtype', value.dtype],
      ['shape', value.shape],
      ['size', value.size],
    ];
    if (!value.isDisposed && value.size <= 1_000_000) parts.push(['values', value.dataSync()]);
    return parts;
  }
  if (isDataFrame(value)) {
    const { columns, values } = value;
    return columns.map((name, i) => [String(name), values.map((row) => (row as unknown[])[i])]);
  }
  if (value instanceof Map) return [...value].slice(0, maxChildren).map(([key, one]) => [textOf(key), one]);
  if (value instanceof Set) return [...value].slice(0, maxChildren).map((one, i) => [String(i), one]);
  if (isList(value)) return listEntries(value);
  return Object.entries(Object.getOwnPropertyDescriptors(value))
    .slice(0, maxChildren)
    .map(([name, descriptor]) => [name, 'value' in descriptor ? descriptor.value : accessor]);
}

/** Getters are not called: they may do anything. */
const accessor = Symbol('getter');

function listEntries(list: ArrayLike<unknown> & object): Entry[] {
  if (list.length <= rangeLength) return Array.from(list, (value, i) => [String(i), value]);
  const step = Math.max(rangeLength, 10 ** Math.ceil(Math.log10(list.length / rangeLength)));
  return Array.from({ length: Math.ceil(list.length / step) }, (_, i) => {
    const to = Math.min(list.length, (i + 1) * step);
    return [`${i * step} … ${to - 1}`, new Range(list, i * step, to)];
  });
}

function isList(value: object): value is ArrayLike<unknown> & object {
  return Array.isArray(value) || (ArrayBuffer.isView(value) && !(value instanceof DataView));
}
