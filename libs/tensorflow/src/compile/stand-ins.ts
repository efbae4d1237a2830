import type { NodeBinding, TensorMetadata } from '../backend.ts';

const LEAST_BYTES = 2 ** 20;

/**
 * Exchanges large results for ones of the same shape from before: only shapes matter to a recording, whose values are discarded, and so it
 * needs one buffer a shape instead of one an op.
 */
export class StandIns {
  readonly #binding: NodeBinding;
  readonly #alias: (id: number, dtype: number) => number;
  readonly #buffers = new Map<string, number>();
  readonly #ids = new Set<number>();

  /** @param alias - makes a tensor of the same memory under an id of its own */
  constructor(binding: NodeBinding, alias: (id: number, dtype: number) => number) {
    this.#binding = binding;
    this.#alias = alias;
  }

  /** Whether an id is of a large result, whose values mean nothing. */
  has(id: number): boolean {
    return this.#ids.has(id);
  }

  /** The result, or what stands in for it. */
  exchange(output: TensorMetadata): TensorMetadata {
    const { id, shape, dtype } = output;
    const bytes = 4 * shape.reduce((product, length) => product * length, 1);
    if (dtype !== this.#binding.TF_FLOAT || bytes < LEAST_BYTES) return output; // integers may be indices, which must be in range
    const key = shape.join();
    const buffer = this.#buffers.get(key);
    if (buffer === undefined) {
      this.#buffers.set(key, this.#alias(id, dtype));
      this.#ids.add(id);
      return output;
    }
    this.#binding.deleteTensor(id);
    const alias = this.#alias(buffer, dtype);
    this.#ids.add(alias);
    return { id: alias, shape, dtype };
  }

  /** Frees the buffers. */
  dispose(): void {
    for (const id of this.#buffers.values()) this.#binding.deleteTensor(id);
  }
}
