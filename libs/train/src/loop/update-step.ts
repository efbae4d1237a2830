import { compile, keyTensor, tf, type CompiledStep, type Scalar, type Tensor } from '@fovea/tensorflow';
import type { Learner, ViewBatch } from '@fovea/methods';
import type { Key } from '@fovea/random';
import type { FitOptions } from '../fit-options.ts';
import { clipGradNorm } from '../optimisers/clip-grad-norm.ts';
import { gradientAccumulator, type GradientAccumulator } from '../optimisers/gradient-accumulator.ts';
import type { StepSchedules } from '../optimisers/optimiser.ts';
import { mapValues } from './map-values.ts';

/** Loss and figures of one batch, read back. */
export interface StepResult {
  readonly loss: number;
  readonly metrics: Readonly<Record<string, number>>;
}

type Graph = CompiledStep<
  [
    batch: ViewBatch,
    key: Tensor,
    rates: Readonly<Record<string, Scalar>>,
    values: Record<string, Scalar>,
    last: boolean,
  ],
  { loss: Scalar; metrics: Record<string, Scalar> }
>;

const GROUP = '/'; // between the name of a rate and that of its group

/** What an update is made of. */
export type UpdateOptions = Pick<
  FitOptions,
  'learner' | 'optimiser' | 'learningRate' | 'weightDecay' | 'groups' | 'clipNorm' | 'accumulate'
>;

/** The update of one step as graphs: gradients of a batch are added up, and those of the last batch of a step applied. */
export class UpdateStep {
  readonly #options: UpdateOptions;
  readonly #sum: GradientAccumulator | null;
  readonly #graph: Graph;

  constructor(options: UpdateOptions) {
    this.#options = options;
    this.#sum = (options.accumulate ?? 1) > 1 ? gradientAccumulator() : null;
    this.#graph = compileStep(options, this.#sum);
  }

  /**
   * Runs one batch.
   *
   * @param step - steps done
   * @param last - whether it is the last batch of its step
   */
  run(batch: ViewBatch, key: Key, step: number, steps: number, last: boolean): StepResult {
    const rates = ratesOf(this.#options, step, steps);
    const values = mapValues(this.#options.learner.schedules, (schedule) => schedule(step / steps));
    return tf.tidy(() => {
      const { loss, metrics } = this.#graph(batch, keyTensor(key), rates, values, last);
      return { loss: loss.dataSync()[0], metrics: mapValues(metrics, (scalar) => scalar.dataSync()[0]) };
    });
  }

  dispose(): void {
    this.#graph.dispose();
    this.#sum?.dispose();
  }
}

/** Learning rates and weight decays of a step, by name; those of a group carry its name. */
function ratesOf(options: UpdateOptions, step: number, steps: number): Record<string, number> {
  const { learningRate, weightDecay, groups = [] } = options;
  const rates: Record<string, number> = { learningRate: learningRate(step, steps) };
  if (weightDecay) rates.weightDecay = weightDecay(step, steps);
  for (const group of groups) {
    if (group.learningRate) rates[`learningRate${GROUP}${group.name}`] = group.learningRate(step, steps);
    if (group.weightDecay) rates[`weightDecay${GROUP}${group.name}`] = group.weightDecay(step, steps);
  }
  return rates;
}

function schedulesOf({ groups = [] }: UpdateOptions, rates: Readonly<Record<string, Scalar>>): StepSchedules {
  const of = (kind: string, group?: string): Scalar | undefined =>
    rates[group === undefined ? kind : `${kind}${GROUP}${group}`];
  return {
    ...optional('weightDecay', of('weightDecay')),
    of: (weight) => {
      const group = groups.find((one) => one.of(weight));
      if (group === undefined) return {};
      return {
        ...optional('learningRate', of('learningRate', group.name)),
        ...optional('weightDecay', of('weightDecay', group.name)),
      };
    },
  };
}

function optional<K extends string>(name: K, value: Scalar | undefined): { [key in K]?: Scalar } {
  return (value === undefined ? {} : { [name]: value }) as { [key in K]?: Scalar };
}

function compileStep(options: UpdateOptions, sum: GradientAccumulator | null): Graph {
  const { learner, optimiser, clipNorm = Infinity } = options;
  const variables = [...learner.weights.values()];
  return compile(
    (
      batch: ViewBatch,
      key: Tensor,
      rates: Readonly<Record<string, Scalar>>,
      values: Record<string, Scalar>,
      last: boolean,
    ) => {
      const context = { values, key };
      const targets = learner.prepare?.(batch, context) ?? {};
      const kept: { metrics: Record<string, Scalar>; carry: Record<string, Tensor> } = {
        metrics: {},
        carry: {},
      };
      const { value, grads } = tf.variableGrads(() => {
        const { loss, carry = {}, metrics = {} } = learner.loss(batch, targets, context);
        kept.carry = mapValues(carry, (tensor) => tf.keep(tf.clone(tensor)));
        kept.metrics = mapValues(metrics, (scalar) => tf.keep(tf.clone(scalar)));
        return loss;
      }, variables);
      const gradients = gradientsOf(learner, grads);
      sum?.add(gradients);
      if (last) {
        const mean = sum?.take() ?? gradients;
        const clipped = clipNorm === Infinity ? mean : clipGradNorm(mean, clipNorm).gradients;
        optimiser.step(clipped, learner.weights, rates.learningRate, schedulesOf(options, rates));
      }
      learner.commit?.(targets, kept.carry, context);
      const metrics = mapValues(kept.metrics, (scalar) => tf.clone(scalar));
      tf.dispose([kept.carry, kept.metrics]);
      return { loss: value, metrics };
    },
    { name: `${learner.name} step` },
  );
}

/** Gradients under the learner's own names; tfjs numbers variables in order of creation. */
function gradientsOf(learner: Learner, gradients: Readonly<Record<string, Tensor>>): Map<string, Tensor> {
  return new Map([...learner.weights].map(([name, variable]) => [name, gradients[variable.name]]));
}
