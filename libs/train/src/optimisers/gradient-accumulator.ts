import { tf, type Tensor, type Variable } from '@fovea/tensorflow';
import type { ByName } from './optimiser.ts';

/** Sum of gradients over several batches. */
export interface GradientAccumulator {
  /** The sums by name (`sum/<weight>`) and `count`, for a checkpoint in the middle of a sum. */
  readonly state: ReadonlyMap<string, Variable>;
  /** Adds the gradients of one batch. */
  add(gradients: ByName<Tensor>): void;
  /** The mean over the batches added since the last call, under the weights' names; starts anew. */
  take(): Map<string, Tensor>;
  /** Frees the sums. */
  dispose(): void;
}

/**
 * Gradient accumulation: a large batch as several small ones, at the memory of a small one.
 *
 *     take() = (g_1 + ... + g_n) / n
 *
 * Equal to the gradient of the large batch where its loss is the mean of the small batches' losses; contrastive losses and batch norm
 * see the small batches only. Both functions are made of tf ops: compile the step that adds and the step that takes separately.
 *
 * @throws Error from `take` when nothing was ever added, from `add` when the names differ from those of the first call
 *
 * @example
 * const sum = gradientAccumulator();
 * for (const batch of batches) sum.add(gradientsOf(batch));
 * optimiser.step(sum.take(), weights, rate);
 */
export function gradientAccumulator(): GradientAccumulator {
  const state = new Map<string, Variable>();
  const slot = (name: string) => state.get(`sum/${name}`);

  const add = (gradients: ByName<Tensor>): void => {
    tf.tidy(() => {
      if (state.size === 0) {
        state.set('count', tf.variable(tf.scalar(0), false));
        for (const [name, { shape }] of gradients)
          state.set(`sum/${name}`, tf.variable(tf.zeros(shape), false));
      }
      const foreign = [...gradients.keys()].filter((name) => slot(name) === undefined);
      if (foreign.length > 0 || gradients.size !== state.size - 1) {
        throw new Error(
          `gradientAccumulator: ${gradients.size} gradients of other names than the first ${state.size - 1}` +
            `${foreign.length > 0 ? `, "${foreign[0]}" among them` : ''}.`,
        );
      }
      for (const [name, gradient] of gradients) slot(name)?.assign(tf.add(slot(name) as Variable, gradient));
      const count = state.get('count') as Variable; // made above
      count.assign(tf.add(count, 1));
    });
  };

  const take = (): Map<string, Tensor> => {
    const count = state.get('count');
    if (count === undefined) throw new Error('gradientAccumulator: take before any add.');
    const names = [...state.keys()]
      .filter((name) => name !== 'count')
      .map((name) => name.slice('sum/'.length));
    const means = tf.tidy(() => {
      const means = names.map((name) => tf.div(slot(name) as Variable, count));
      for (const name of names) slot(name)?.assign(tf.zeros((slot(name) as Variable).shape));
      count.assign(tf.scalar(0));
      return means;
    });
    return new Map(names.map((name, index) => [name, means[index]]));
  };

  const dispose = (): void => {
    tf.dispose([...state.values()]);
    state.clear();
  };
  return { state, add, take, dispose };
}
