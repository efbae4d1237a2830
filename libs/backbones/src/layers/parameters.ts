import { fold, type Key } from '@fovea/random';
import { tf, type Tensor, type Variable } from '@fovea/tensorflow';

/** `train` normalises by the batch and updates running statistics; `eval` normalises by the running statistics. */
export type Mode = 'train' | 'eval';

/** A function of a batch. */
export type Layer = (x: Tensor, mode: Mode) => Tensor;

/** Draws an initial value from a key. */
export type Initialiser = (key: Key, shape: number[]) => Tensor;

/**
 * The named variables of a network, under torchvision's names (`layer1.0.conv1.weight`), in order of creation.
 *
 * Every variable draws from a key folded from its own full name, so adding a layer leaves the other initial values as they were.
 *
 * @example
 * const parameters = new Parameters(key(0));
 * parameters.within('layer1.0').weight('conv1.weight', [3, 3, 16, 16], heNormal);
 * [...parameters.weights.keys()]; // ['layer1.0.conv1.weight']
 */
export class Parameters {
  /** Trained by the optimiser. */
  readonly weights: Map<string, Variable>;
  /** Running statistics of batch norm, and whatever else belongs to the network and is never trained. */
  readonly statistics: Map<string, Variable>;
  readonly #key: Key;
  readonly #prefix: string;

  constructor(key: Key, prefix = '', parent?: Parameters) {
    this.#key = key;
    this.#prefix = prefix;
    this.weights = parent?.weights ?? new Map<string, Variable>();
    this.statistics = parent?.statistics ?? new Map<string, Variable>();
  }

  /** The same set, with names below `name.`. */
  within(name: string): Parameters {
    return new Parameters(this.#key, `${this.#prefix}${name}.`, this);
  }

  /** @throws Error when the name is taken */
  weight(name: string, shape: number[], initialise: Initialiser): Variable {
    return this.#add(this.weights, name, shape, initialise, true);
  }

  /** @throws Error when the name is taken */
  statistic(name: string, shape: number[], value: number): Variable {
    return this.#add(this.statistics, name, shape, (_, size) => tf.fill(size, value), false);
  }

  /** A drawn value that stays as it is. @throws Error when the name is taken */
  constant(name: string, shape: number[], initialise: Initialiser): Variable {
    return this.#add(this.statistics, name, shape, initialise, false);
  }

  /** Number of trained scalars. */
  get count(): number {
    return [...this.weights.values()].reduce((sum, variable) => sum + variable.size, 0);
  }

  /** Frees every variable; the network cannot be used afterwards. */
  dispose(): void {
    for (const variable of [...this.weights.values(), ...this.statistics.values()]) variable.dispose();
  }

  #add(
    map: Map<string, Variable>,
    name: string,
    shape: number[],
    initialise: Initialiser,
    trainable: boolean,
  ): Variable {
    const path = this.#prefix + name;
    if (map.has(path)) throw new Error(`Parameters: the name "${path}" is taken.`);
    const variable = tf.tidy(() => tf.variable(initialise(fold(this.#key, path), shape), trainable));
    map.set(path, variable);
    return variable;
  }
}
