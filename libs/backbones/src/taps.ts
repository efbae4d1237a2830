import type { Tensor } from '@fovea/tensorflow';

/**
 * Collects the tensors of a forward pass that were asked for by name.
 *
 * `keep` takes what the network computes as it goes and says whether anything is still wanted, so that the pass can end there.
 */
export class Taps {
  readonly #wanted: ReadonlySet<string>;
  readonly #found: Record<string, Tensor> = {};

  /** @throws Error for a name that the network does not have */
  constructor(where: string, known: readonly string[], wanted: readonly string[]) {
    const unknown = wanted.find((name) => !known.includes(name));
    if (unknown !== undefined) {
      throw new Error(`${where}: there is no tap '${unknown}'; there are ${known.join(', ')}.`);
    }
    this.#wanted = new Set(wanted);
  }

  /** True while a wanted tensor is yet to come. */
  keep(name: string, value: Tensor): boolean {
    if (this.#wanted.has(name)) this.#found[name] = value;
    return !this.done;
  }

  get done(): boolean {
    return Object.keys(this.#found).length === this.#wanted.size;
  }

  /** The tensors of these names, all of them wanted and computed. */
  all<Name extends string>(names: readonly Name[]): Record<Name, Tensor> {
    return Object.fromEntries(names.map((name) => [name, this.#found[name]])) as Record<Name, Tensor>;
  }
}
