import type { Tensor } from '@tensorflow/tfjs';
import { hasNativeOps } from '../backend.ts';
import { tf } from '../tf.ts';
import { flatten, flattenResult, guarded, scalarOf, type Dynamic, type Flattened } from './arguments.ts';
import { isRecording } from './intercept.ts';
import { record } from './recorder.ts';
import { Session } from './session.ts';
import { typeExpandDims } from './typed-expand-dims.ts';

/** Options of `compile`. */
export interface CompileOptions {
  /** What messages call the step; default the function's name. */
  readonly name?: string;
  /** Graphs kept at a time, one for each combination of argument shapes; the one unused longest goes first. Default 8. */
  readonly maxTraces?: number;
  /** Run op by op instead of as a graph; default: whether the environment has `FOVEA_EAGER=1`. */
  readonly debug?: boolean;
}

/** A step that runs as a graph. */
export interface CompiledStep<Arguments extends readonly unknown[], Result> {
  (...args: { [K in keyof Arguments]: Dynamic<Arguments[K]> }): Result;
  /** Graphs at present. */
  readonly traces: number;
  /** Closes the graphs; variables keep their values. Calling the step again records it anew. */
  dispose(): void;
}

/**
 * Makes a TensorFlow graph of a training step: the same results, several times faster for small networks.
 *
 * The first call with arguments of some shapes runs the step once, op by op, to record what it asks of libtensorflow; then that call and
 * all further ones run the record as one graph, from the same variables. Rules for a step:
 *
 * - Its arguments are tensors, numbers and fixed settings (strings, booleans), nested in arrays and plain objects. Inside of the step
 *   a number is a scalar tensor, so it may change from call to call. Other values of fixed settings make a further graph.
 * - Variables that it uses or assigns come from its surroundings. Eager code sees them as ever, and may assign to them in between.
 *   A variable that the step makes (an optimiser's slot) is made once.
 * - Every other tensor or number of its surroundings is a constant, fixed at the recording.
 * - It is synchronous, returns all it keeps, and reads no tensor back; random numbers come in as arguments.
 * - Other effects (counting in JavaScript, printing) happen at the recording, once a graph.
 *
 * What breaks a rule and can be noticed throws, names the op, and leaves every variable as it was.
 * The results are not differentiable. Without libtensorflow, and with `debug`, the step runs op by op.
 *
 * @param step - the function to compile; it runs in a `tf.tidy`
 * @returns a function of the same arguments, where numbers may stand for scalars
 *
 * @example
 * const w = tf.variable(tf.scalar(1));
 * const step = compile((x: Tensor1D, rate: Scalar) => {
 *   w.assign(tf.sub(w, tf.mul(rate, tf.mean(x))));
 *   return w;
 * });
 * step(tf.tensor1d([2, 4]), 0.1).dataSync()[0]; // 0.7
 */
export function compile<Arguments extends readonly unknown[], Result>(
  step: (...args: Arguments) => Result,
  options: CompileOptions = {},
): CompiledStep<Arguments, Result> {
  const { name = step.name || 'the step', maxTraces = 8, debug = process.env.FOVEA_EAGER === '1' } = options;
  const unknown = Object.keys(options).filter((key) => !['name', 'maxTraces', 'debug'].includes(key));
  if (unknown.length > 0) throw new Error(`compile: no option "${unknown.join('", "')}".`);
  if (!Number.isInteger(maxTraces) || maxTraces < 1) {
    throw new RangeError(`compile: maxTraces must be a positive integer, got ${maxTraces}.`);
  }
  typeExpandDims();
  const traces = new Map<string, Trace>(); // in order of last use

  const call = (...args: unknown[]): Result => {
    if (isRecording()) return step(...(args as unknown as Arguments));
    const flattened = flatten(name, args);
    if (debug || !native()) return runEagerly(name, step, flattened) as Result;
    return withTensors(flattened, (inputs) => {
      const { signature } = flattened;
      const trace = traces.get(signature) ?? startTrace(name, step, flattened, inputs);
      traces.delete(signature);
      traces.set(signature, trace);
      if (traces.size > maxTraces) dropOldest(name, traces, maxTraces);
      return trace.rebuild(trace.session.run(inputs)) as Result;
    });
  };

  return Object.defineProperties(call, {
    traces: { get: () => traces.size },
    dispose: {
      value: () => {
        for (const { session } of traces.values()) session.dispose();
        traces.clear();
      },
    },
  }) as CompiledStep<Arguments, Result>;
}

interface Trace {
  readonly session: Session;
  readonly rebuild: (outputs: readonly Tensor[]) => unknown;
}

function startTrace(
  name: string,
  step: (...args: never[]) => unknown,
  flattened: Flattened,
  inputs: readonly Tensor[],
): Trace {
  let rebuild: Trace['rebuild'] = () => undefined;
  const recording = record(name, inputs, (copies) => {
    copies.forEach((copy, index) => {
      if (typeof flattened.leaves[index] === 'number') guarded(name, copy);
    });
    const flat = flattenResult(name, step(...(flattened.rebuild(copies) as never[])));
    rebuild = flat.rebuild;
    // A variable or an argument that is returned is returned by value.
    return flat.tensors.map((tensor) => tensor.clone());
  });
  return { session: new Session(name, recording), rebuild };
}

/** Runs with the tensors of all leaves, those of numbers being temporary. */
function withTensors<T>({ leaves }: Flattened, run: (inputs: readonly Tensor[]) => T): T {
  const made: Tensor[] = [];
  const inputs = leaves.map((leaf) => {
    if (typeof leaf !== 'number') return leaf;
    const scalar = tf.keep(tf.scalar(leaf, 'float32'));
    made.push(scalar);
    return scalar;
  });
  try {
    return run(inputs);
  } finally {
    for (const tensor of made) tensor.dispose();
  }
}

function runEagerly(name: string, step: (...args: never[]) => unknown, flattened: Flattened): unknown {
  let rebuild: Trace['rebuild'] = () => undefined;
  const outputs = tf.tidy(() => {
    const inputs = flattened.leaves.map((leaf) => (typeof leaf === 'number' ? scalarOf(name, leaf) : leaf));
    const flat = flattenResult(name, step(...(flattened.rebuild(inputs) as never[])));
    rebuild = flat.rebuild;
    return flat.tensors.map((tensor) => tensor.clone());
  });
  return rebuild(outputs);
}

function dropOldest(name: string, traces: Map<string, Trace>, maxTraces: number): void {
  const [signature, { session }] = traces.entries().next().value as [string, Trace]; // more than maxTraces >= 1 entries
  session.dispose();
  traces.delete(signature);
  process.emitWarning(
    `compile: ${name} met more than ${maxTraces} combinations of argument shapes; each further one is recorded anew. ` +
      `Make shapes equal (a last batch may be dropped or padded), or raise maxTraces.`,
    { code: 'FOVEA_RETRACE' },
  );
}

let noticed = false;

/** Whether graphs are possible; says once where they are not. */
function native(): boolean {
  if (hasNativeOps()) return true;
  if (!noticed) {
    noticed = true;
    process.emitWarning('compile: without libtensorflow, compiled steps run op by op.', {
      code: 'FOVEA_FALLBACK',
    });
  }
  return false;
}
