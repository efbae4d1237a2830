import type { Tensor, TensorInfo, Variable } from '@tensorflow/tfjs';
import { nodeBackend, type NodeBackend, type NodeBinding, type OpAttribute } from '../backend.ts';
import { tf } from '../tf.ts';
import { describe, elementBytes, isUniform } from './elements.ts';
import { intercept, originalOf, type Engine, type Hooks } from './intercept.ts';
import type { Port, RecordedOp, Recording, Source } from './recording.ts';
import { refusal } from './refused-ops.ts';
import { StandIns } from './stand-ins.ts';

const INLINE_BYTES = 1024; // larger constants are held by libtensorflow once, not written into the graph
const VALIDATING_KERNELS = new Set(['GatherV2']); // read indices only to check them, as libtensorflow does again

/**
 * Runs a step once and notes every call of libtensorflow, then gives every variable its value from before.
 *
 * The results are discarded, for those of the graph: op by op, the last bit of a float may differ, and then a run would depend on when
 * its steps were recorded.
 *
 * @param name - what messages call the step
 * @param inputs - tensors that the step gets anew at every call
 * @param run - the step; called with copies of the inputs that have ids of their own, returns its result's tensors
 * @throws Error for what a graph cannot replay, naming the op
 */
export function record(
  name: string,
  inputs: readonly Tensor[],
  run: (inputs: Tensor[]) => Tensor[],
): Recording {
  return new Recorder(name).record(inputs, run);
}

/** A variable, the id of its value when the step first saw it, and a tensor that holds that value. */
interface Before {
  readonly variable: Variable;
  readonly id: number;
  readonly snapshot: Tensor;
}

class Recorder {
  readonly #name: string;
  readonly #backend: NodeBackend = nodeBackend();
  readonly #raw: NodeBinding = this.#backend.binding;
  readonly #engine = tf.engine() as unknown as Engine;
  readonly #sources = new Map<number, Source>();
  readonly #ports = new Map<number, Port>();
  readonly #ops: RecordedOp[] = [];
  readonly #owned: number[] = [];
  readonly #before: Before[] = [];
  readonly #created: Before[] = [];
  readonly #kernels: string[] = [];
  readonly #standIns = new StandIns(this.#raw, (id, dtype) => this.#alias(id, dtype));
  #failure: Error | undefined;

  constructor(name: string) {
    this.#name = name;
  }

  record(inputs: readonly Tensor[], run: (inputs: Tensor[]) => Tensor[]): Recording {
    const copies = inputs.map((input) => this.#copy(input));
    copies.forEach((copy, index) => this.#sources.set(this.#id(copy), { kind: 'input', index }));
    for (const variable of Object.values(this.#engine.state.registeredVariables)) {
      this.#ownBuffer(variable);
      const before = this.#snapshot(variable);
      this.#sources.set(before.id, { kind: 'variable', variable });
      this.#before.push(before);
    }
    const tensors = this.#engine.state.numTensors;
    let outputs: Tensor[] = [];
    try {
      outputs = intercept(this.#backend, this.#engine, this.#hooks(), () => tf.tidy(() => run(copies)));
      if (this.#failure) throw this.#failure;
      this.#checkEffects(tensors, outputs);
      return this.#recording(inputs, outputs);
    } catch (error) {
      for (const { variable } of this.#created) if (!variable.isDisposed) variable.dispose();
      for (const id of this.#owned) this.#raw.deleteTensor(id);
      throw error;
    } finally {
      this.#rollBack();
      this.#standIns.dispose();
      tf.dispose([...outputs, ...copies]);
    }
  }

  #recording(inputs: readonly Tensor[], outputs: readonly Tensor[]): Recording {
    const changed = [...this.#before, ...this.#created].filter(
      ({ variable, id }) => !variable.isDisposed && this.#id(variable) !== id,
    );
    return {
      ops: this.#ops,
      inputs: inputs.map((input) => this.#portOf(input)),
      outputs: outputs.map((output) => ({
        ...this.#portOf(output),
        source: this.#sourceOf(this.#idOf(output)),
      })),
      updates: changed.map(({ variable }) => ({ variable, source: this.#sourceOf(this.#idOf(variable)) })),
      owned: this.#owned,
    };
  }

  #snapshot(variable: Variable): Before {
    return { variable, id: this.#id(variable), snapshot: tf.keep(variable.clone()) };
  }

  #rollBack(): void {
    for (const { variable, snapshot } of [...this.#before, ...this.#created]) {
      if (!variable.isDisposed && variable.dataId !== snapshot.dataId) variable.assign(snapshot);
      snapshot.dispose();
    }
  }

  #hooks(): Hooks {
    return {
      binding: {
        executeOp: (name, attributes, ids, count) => this.#execute(name, attributes, ids, count),
        createTensor: (shape, dtype, values) => this.#create(shape, dtype, values),
      },
      getInputTensorIds: (tensors) => this.#inputIds(tensors),
      readSync: (dataId) => this.#read(dataId),
      read: (dataId) => this.#readLater(dataId),
      runKernel: (name, ...rest) => this.#kernel(name, rest),
      makeVariable: (...rest) => this.#makeVariable(rest),
      random: () => {
        throw this.#error(
          `Math.random was called (every unseeded tf.random* does), and a replay would repeat its number. ` +
            `Draw from a key of @fovea/random and pass the tensor as an argument.`,
        );
      },
    };
  }

  #execute(name: string, attributes: OpAttribute[], ids: number[], count: number) {
    const reason = refusal(name);
    if (reason) throw this.#error(reason);
    const inputs = ids.map((id) => this.#sourceOf(id));
    const outputs = this.#raw
      .executeOp(name, attributes, ids, count)
      .map((output) => this.#standIns.exchange(output));
    const op = { name, attributes, inputs, outputs, kernel: this.#kernels.at(-1) ?? name };
    this.#ops.push(op);
    outputs.forEach((metadata, output) => this.#sources.set(metadata.id, { kind: 'op', op, output }));
    return outputs;
  }

  #create(shape: number[], dtype: number, values: ArrayLike<number>): number {
    const id = this.#raw.createTensor(shape, dtype, values);
    this.#sources.set(id, this.#constant(id, shape, dtype, elementBytes(this.#raw, dtype, values)));
    return id;
  }

  #constant(id: number, shape: readonly number[], dtype: number, bytes: Uint8Array | undefined): Source {
    if (bytes === undefined) {
      throw this.#error('a string tensor is made, which a graph does not take. Make it outside of the step.');
    }
    const size = shape.reduce((product, length) => product * length, 1);
    const width = size > 0 ? bytes.length / size : 0;
    if (size > 1 && dtype !== this.#raw.TF_INT64 && isUniform(bytes, width)) {
      return { kind: 'constant', dtype, shape, bytes: bytes.slice(0, width), uniform: true };
    }
    if (bytes.length <= INLINE_BYTES) return { kind: 'constant', dtype, shape, bytes, uniform: false };
    return { kind: 'captured', id: this.#own(id, dtype), dtype, shape };
  }

  /** Source of an id; one that the step did not make is a tensor of its surroundings, a constant to it. */
  #sourceOf(id: number): Source {
    const known = this.#sources.get(id);
    if (known) return known;
    const port = this.#ports.get(id);
    if (!port) throw this.#error('an op reads a tensor that did not pass through tfjs.');
    const size = port.shape.reduce((product, length) => product * length, 1);
    const bytes = size * 4 <= INLINE_BYTES ? this.#raw.tensorDataSync(id) : undefined;
    const source: Source = bytes
      ? this.#constant(id, port.shape, port.dtype, elementBytes(this.#raw, port.dtype, bytes))
      : { kind: 'captured', id: this.#own(id, port.dtype), dtype: port.dtype, shape: port.shape };
    this.#sources.set(id, source);
    return source;
  }

  #inputIds(tensors: readonly TensorInfo[]): number[] {
    const ids: number[] = Reflect.apply(originalOf(this.#backend).getInputTensorIds, this.#backend, [
      tensors,
    ]);
    tensors.forEach(({ dataId }, index) => {
      // tfjs-node's 64-bit scalars are no tensors; they were created by this very call.
      if (dataId) this.#ports.set(ids[index], this.#backend.tensorMap.get(dataId));
    });
    return ids;
  }

  #read(dataId: object): Float32Array | Int32Array | Uint8Array {
    const entry = this.#backend.tensorMap.get(dataId);
    const source = entry.values === null ? this.#sources.get(entry.id) : undefined;
    const fixed = source === undefined || source.kind === 'constant' || source.kind === 'captured';
    if (!fixed && !VALIDATING_KERNELS.has(this.#kernels.at(-1) ?? '')) {
      throw this.#error(
        `${describe(source, entry)} is read back (dataSync, data, array, print), and a replay cannot branch on it. ` +
          `Return it from the step and read it there, or set debug: true to run op by op.`,
      );
    }
    return Reflect.apply(originalOf(this.#backend).readSync, this.#backend, [dataId]);
  }

  #readLater(dataId: object): Promise<Float32Array | Int32Array | Uint8Array> {
    try {
      return Promise.resolve(this.#read(dataId));
    } catch (error) {
      this.#failure = error as Error; // the step does not wait for this promise
      return new Promise(() => undefined);
    }
  }

  #kernel(name: string, rest: unknown[]): unknown {
    this.#kernels.push(name);
    try {
      return Reflect.apply(originalOf(this.#engine).runKernel, this.#engine, [name, ...rest]);
    } finally {
      this.#kernels.pop();
    }
  }

  /** A variable made by the step keeps its value from step to step, so reading it is not reading its first value. */
  #makeVariable(rest: unknown[]): Variable {
    const variable = Reflect.apply(originalOf(this.#engine).makeVariable, this.#engine, rest);
    const id = this.#idOf(variable);
    if (this.#standIns.has(id)) {
      variable.dispose();
      throw this.#error(
        `variable "${variable.name}" [${variable.shape.join(', ')}] gets a computed first value. Make it outside of the step.`,
      );
    }
    const initial = this.#sourceOf(id);
    this.#ownBuffer(variable, true);
    const before = this.#snapshot(variable);
    this.#sources.set(before.id, { kind: 'created', variable, initial });
    this.#created.push(before);
    return variable;
  }

  #checkEffects(tensors: number, outputs: readonly Tensor[]): void {
    const gone = this.#before.find(({ variable }) => variable.isDisposed);
    if (gone) throw this.#error(`variable "${gone.variable.name}" is disposed of, which a replay cannot do.`);
    const persistent = this.#created.filter(({ variable }) => !variable.isDisposed).length;
    const snapshots = this.#created.length;
    const kept = this.#engine.state.numTensors - tensors - persistent - snapshots - outputs.length;
    if (kept > 0) {
      throw this.#error(
        `${kept} tensor(s) outlive it without being returned (tf.keep), and a replay would not renew them. ` +
          `Return them, or assign them to variables.`,
      );
    }
  }

  /** Two variables, or a variable and a copy of it, may share one buffer after `assign`; ids must tell them apart. */
  #ownBuffer(variable: Variable, always = false): void {
    if (!always && this.#backend.tensorMap.get(variable.dataId).refCount === 1) return;
    const copy = this.#copy(variable);
    variable.assign(copy);
    copy.dispose();
  }

  /** Tensor of the same contents under an id of its own; libtensorflow shares the memory. */
  #copy(tensor: Tensor): Tensor {
    const [id] = this.#backend.getInputTensorIds([tensor]);
    const { shape, dtype } = this.#backend.tensorMap.get(tensor.dataId);
    return this.#backend.createOutputTensor({ id: this.#alias(id, dtype), shape, dtype });
  }

  #own(id: number, dtype: number): number {
    const alias = this.#alias(id, dtype);
    this.#owned.push(alias);
    return alias;
  }

  #alias(id: number, dtype: number): number {
    const type = { name: 'T', type: this.#raw.TF_ATTR_TYPE, value: dtype };
    return this.#raw.executeOp('Identity', [type], [id], 1)[0].id;
  }

  /** Id of a tensor, uploaded if need be. */
  #id(tensor: Tensor): number {
    return Reflect.apply(originalOf(this.#backend).getInputTensorIds, this.#backend, [[tensor]])[0];
  }

  /** The same, also noting type and shape for `#sourceOf`. */
  #idOf(tensor: Tensor): number {
    return this.#inputIds([tensor])[0];
  }

  #portOf(tensor: Tensor): Port {
    const { dtype } = this.#backend.tensorMap.get(tensor.dataId);
    return { dtype, shape: tensor.shape };
  }

  #error(reason: string): Error {
    return new Error(`compile: while recording ${this.#name}, ${reason}`);
  }
}
