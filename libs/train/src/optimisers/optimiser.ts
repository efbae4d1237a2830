import { tf, type Scalar, type Tensor, type Variable } from '@fovea/tensorflow';

/** Gradients, or variables, by the name of their weight. */
export type ByName<T extends Tensor> = ReadonlyMap<string, T>;

/** A rule that updates weights from gradients; all its state lies in `state`. */
export interface Optimiser {
  /** Slots by name (`momentum/<weight>`, …): what a checkpoint must hold beside the weights. */
  readonly state: ReadonlyMap<string, Variable>;
  /** Makes the slots of these weights where they are missing; `step` does so itself, a checkpoint must be loaded after it. */
  initialise(weights: ByName<Variable>): void;
  /**
   * One update, made of tf ops only, so that a compiled step can hold it.
   *
   * @param gradients - one of each weight's shape and name; further names throw
   * @param weights - updated in place
   * @param learningRate - of this step
   * @param schedules - what else changes from step to step, or differs between groups of weights
   * @throws Error when gradients and weights differ in their names
   */
  step(
    gradients: ByName<Tensor>,
    weights: ByName<Variable>,
    learningRate: Scalar,
    schedules?: StepSchedules,
  ): void;
  /** Frees the slots. */
  dispose(): void;
}

/** Values of one step beside the learning rate of all. */
export interface StepSchedules {
  /** Weight decay in place of the optimiser's own. */
  readonly weightDecay?: Scalar;
  /** What a weight has of its own, ahead of the values for all. */
  readonly of?: (name: string) => Pick<StepSchedules, 'weightDecay'> & { readonly learningRate?: Scalar };
}

/** Settings that weights may have of their own: which decay, at which share of the learning rate. */
export interface ParameterGroups {
  /** Whether weight decay applies to a weight; default: to those of two and more dimensions, not to biases and norms. */
  readonly decays?: (name: string, weight: Variable) => boolean;
  /** Factor on the learning rate of a weight; default 1; 0 freezes it. */
  readonly rateScale?: (name: string, weight: Variable) => number;
}

/** What a rule sees of one weight. */
export interface Parameter {
  readonly name: string;
  readonly weight: Variable;
  readonly gradient: Tensor;
  /** Whether weight decay may apply to it (`ParameterGroups.decays`). */
  readonly included: boolean;
  /** Whether weight decay does apply: it is included, and there is some. */
  readonly decays: boolean;
  readonly weightDecay: Scalar | number;
  readonly learningRate: Scalar;
  /** The weight's slot of that name. */
  slot(kind: string): Variable;
}

/** The rule of one weight: returns its new value, assigning slots on the way; runs in a tidy. */
export type Rule = (parameter: Parameter) => Tensor;

/**
 * An optimiser of one rule.
 *
 * @param slots - kinds of slot that every weight has, starting from zeros
 * @param scalars - slots of the whole optimiser with their first values
 * @param prepare - runs once a step, ahead of the rules
 */
export function optimiser(
  slots: readonly string[],
  rule: Rule,
  groups: ParameterGroups & { readonly weightDecay: number },
  scalars: Readonly<Record<string, number>> = {},
  prepare: (state: ReadonlyMap<string, Variable>) => void = () => undefined,
): Optimiser {
  const { decays = (_: string, weight: Variable) => weight.rank > 1, rateScale = () => 1 } = groups;
  const state = new Map<string, Variable>();

  const initialise = (weights: ByName<Variable>): void => {
    tf.tidy(() => {
      for (const [name, value] of Object.entries(scalars)) {
        if (!state.has(name)) state.set(name, tf.variable(tf.scalar(value), false));
      }
      for (const [name, weight] of weights) {
        for (const kind of slots) {
          const slot = `${kind}/${name}`;
          if (!state.has(slot)) state.set(slot, tf.variable(tf.zeros(weight.shape), false));
        }
      }
    });
  };

  const step: Optimiser['step'] = (gradients, weights, learningRate, schedules = {}) => {
    checkNames(gradients, weights);
    initialise(weights);
    tf.tidy(() => {
      prepare(state);
      for (const [name, weight] of weights) {
        const scale = rateScale(name, weight);
        const own = schedules.of?.(name) ?? {};
        const rate = own.learningRate ?? learningRate;
        const weightDecay = own.weightDecay ?? schedules.weightDecay ?? groups.weightDecay;
        const included = decays(name, weight);
        const value = rule({
          name,
          weight,
          gradient: gradients.get(name) as Tensor, // checkNames
          included,
          decays: included && weightDecay !== 0,
          weightDecay,
          learningRate: scale === 1 ? rate : tf.mul(rate, scale),
          slot: (kind) => state.get(`${kind}/${name}`) as Variable, // initialise
        });
        weight.assign(value);
      }
    });
  };

  const dispose = (): void => {
    tf.dispose([...state.values()]);
    state.clear();
  };
  return { state, initialise, step, dispose };
}

/** Refuses options that the function does not have. */
export function checkOptions(where: string, options: object, known: readonly string[]): void {
  const unknown = Object.keys(options).filter((option) => !known.includes(option));
  if (unknown.length > 0) {
    throw new Error(`${where}: no option "${unknown.join('", "')}"; the options are ${known.join(', ')}.`);
  }
}

/** Refuses numbers outside of [0, limit). */
export function checkRange(where: string, values: Readonly<Record<string, number>>, limit = Infinity): void {
  for (const [name, value] of Object.entries(values)) {
    if (!(value >= 0 && value < limit)) {
      throw new RangeError(`${where}: ${name} must lie in [0, ${limit}), got ${value}.`);
    }
  }
}

function checkNames(gradients: ByName<Tensor>, weights: ByName<Variable>): void {
  const lacking = [...weights.keys()].filter((name) => !gradients.has(name));
  if (lacking.length > 0) throw new Error(`optimiser: no gradient for weight "${lacking.join('", "')}".`);
  const foreign = [...gradients.keys()].filter((name) => !weights.has(name));
  if (foreign.length > 0) throw new Error(`optimiser: gradient "${foreign.join('", "')}" has no weight.`);
}
