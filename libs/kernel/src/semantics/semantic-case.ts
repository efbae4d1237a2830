/** One row of the table: the cells must behave as the same statements do in one plain script. */
export interface SemanticCase {
  readonly name: string;
  readonly cells: readonly string[];
  /** The plain script, where the cells joined would not be legal in one (a name declared twice). */
  readonly script?: string;
  /** Only the class of the exception is compared: V8 words it by how the target is written, and ours is a property. */
  readonly classOnly?: boolean;
}

/** Cells that behave as if joined. Values are reported by `out(…)`; an exception ends both. */
export function same(name: string, ...cells: string[]): SemanticCase {
  return { name, cells };
}

/** Cells that a script with other words is the measure of. */
export function like(name: string, script: string, ...cells: string[]): SemanticCase {
  return { name, cells, script };
}

/** As {@link same}, but V8 words the exception differently. */
export function sameClass(name: string, ...cells: string[]): SemanticCase {
  return { name, cells, classOnly: true };
}
