import type { Tensor } from '@tensorflow/tfjs';
import { tf } from '../tf.ts';

/** A node of tfjs' tape, as far as its order matters. */
interface TapeNode {
  readonly inputs: Record<string, Tensor>;
  readonly outputs: readonly Tensor[];
}

/** tfjs' engine, as far as its tape is concerned. */
interface Engine {
  addTapeNode(...node: unknown[]): void;
  readonly state: { readonly activeTape: TapeNode[] };
  foveaHigherOrder?: true;
}

/**
 * Makes gradients of gradients right in tfjs; it does nothing when called again.
 *
 * tfjs 4.22 tapes the copy of an output that a gradient saves ahead of the op that made the output. A second differentiation then takes
 * the copy for a constant: for exp, sigmoid, tanh, softmax and logSoftmax it throws, or, where x has another path to y, leaves terms
 * out in silence. Here the op goes ahead of its copies. Comparisons, which tfjs' gradient of `max` contains, get the gradient 0.
 */
export function enableHigherOrderGradients(): void {
  const engine = tf.engine() as unknown as Engine;
  if (engine.foveaHigherOrder) return;
  engine.foveaHigherOrder = true;
  const addTapeNode = engine.addTapeNode.bind(engine);
  engine.addTapeNode = (...args) => {
    addTapeNode(...args);
    const tape = engine.state.activeTape;
    const node = tape.at(-1);
    if (node === undefined) return;
    const made = new Set(node.outputs.map(({ id }) => id));
    let at = tape.length - 1;
    while (at > 0 && Object.values(tape[at - 1].inputs).some(({ id }) => made.has(id))) at--;
    if (at < tape.length - 1) tape.splice(at, 0, ...tape.splice(-1));
  };
  for (const kernelName of ['Equal', 'NotEqual', 'Less', 'LessEqual', 'Greater']) {
    if (tf.getGradient(kernelName)) continue;
    tf.registerGradient({
      kernelName,
      inputsToSave: ['a', 'b'],
      gradFunc: (_, [a, b]) => ({ a: () => tf.zerosLike(a), b: () => tf.zerosLike(b) }),
    });
  }
}
