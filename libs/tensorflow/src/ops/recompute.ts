import type { Tensor } from '@tensorflow/tfjs';
import { hasNativeOps, nodeBackend } from '../backend.ts';
import { tf } from '../tf.ts';
import { floatType, nativeKernel } from './native-kernel.ts';

/**
 * Activation checkpointing: `f(...inputs)` whose inner results are not kept for the gradient but computed again when it is taken.
 *
 * A chain of n parts, each under `recompute`, keeps n inputs instead of all activations, for one more forward pass. Every tensor and
 * variable that wants a gradient must be among the inputs, and `f` must assign to nothing: it runs twice (so no batch norm in training).
 * In a compiled step, libtensorflow frees the activations in between. Gradients of gradients are not defined.
 *
 * @param f - pure function of tensors
 * @param inputs - float32
 *
 * Source: Chen et al. 2016, "Training deep nets with sublinear memory cost".
 *
 * @example
 * recompute(([x, w]) => tf.square(tf.mul(x, w)), [tf.scalar(2), tf.scalar(3)]).dataSync()[0]; // 36
 */
export function recompute<T extends Tensor>(f: (inputs: Tensor[]) => T, inputs: readonly Tensor[]): T {
  const op = tf.customGrad((...args) => {
    const given = args.slice(0, -1) as Tensor[];
    const save = args[args.length - 1] as (tensors: Tensor[]) => void;
    save(given);
    return {
      value: f(given),
      gradFunc: (dy, saved) =>
        keepingTape(() => tf.grads((...again: Tensor[]) => f(again))(saved.map(apart), dy)),
    };
  });
  return op(...inputs) as T;
}

/** tfjs has one tape at a time and drops it after a gradient; the gradient around this one still needs its own. */
function keepingTape<T>(run: () => T): T {
  const { state } = tf.engine() as unknown as { state: { activeTape: unknown } };
  const tape = state.activeTape;
  try {
    return run();
  } finally {
    state.activeTape = tape;
  }
}

/** The same values as an op's result, so that a graph does not take the second pass for the first. */
function apart(tensor: Tensor): Tensor {
  return hasNativeOps() ? identity({ x: tensor }, {})[0] : tensor;
}

const identity = nativeKernel<'x', object>({
  name: 'FoveaIdentity',
  forward: ({ x }) => nodeBackend().executeSingleOutput('Identity', [floatType()], [x]),
});
