import type { Variable } from '@tensorflow/tfjs';
import type { NodeBinding } from '../backend.ts';
import {
  attributeValue,
  GraphDef,
  shapeValue,
  stringValue,
  tensorValue,
  typeValue,
  type Attributes,
} from './graph-def.ts';
import type { CapturedSource, ConstantSource, Port, RecordedOp, Recording, Source } from './recording.ts';

/** State of a graph: a variable, or a large constant that is loaded once. */
export interface StateSlot extends Port {
  /** Absent for a large constant. */
  readonly variable?: Variable;
  /** Id of a large constant. */
  readonly id?: number;
  /** Whether the step gives it a new value. */
  readonly updated: boolean;
}

/** A graph and the names by which to run it; a name list is comma-separated, as the binding takes it. */
export interface BuiltGraph {
  readonly bytes: Uint8Array;
  readonly nodes: number;
  readonly slots: readonly StateSlot[];
  /** Runs the step: feed the inputs, fetch the outputs and, last, a number that says that all updates are done. */
  readonly step: { readonly feeds: string; readonly fetches: string };
  /** Sets every slot that is a variable, in the order of `slots`. */
  readonly load: { readonly feeds: string; readonly fetches: string };
  /** Sets every slot that is a large constant. */
  readonly loadConstants: { readonly feeds: string; readonly fetches: string };
  /** Reads every updated slot. */
  readonly read: { readonly fetches: string };
}

let graphs = 0; // makes names of resources unique within the process

/** Ops that add two tensors. */
const SUMS: ReadonlySet<string> = new Set(['Add', 'AddV2']);

/** Turns a recording into a graph: variables become resources, ops that nothing needs are left out. */
export function buildGraph(binding: NodeBinding, recording: Recording): BuiltGraph {
  return new Builder(binding, recording).build();
}

class Builder {
  readonly #binding: NodeBinding;
  readonly #recording: Recording;
  readonly #graph = new GraphDef();
  readonly #prefix = `fovea${graphs++}`;
  readonly #refs = new Map<object, string>();
  readonly #constants = new Map<string, string>();
  /** Outputs that are the same at every step. */
  readonly #fixed = new Set<string>();
  readonly #equal = new Map<string, string>();
  /** Control edge to the op before, which an Identity waits for: what is to be computed twice (`recompute`) is so when its turn comes. */
  #before: readonly string[] = [];
  readonly #slots: (Omit<StateSlot, 'updated'> & { updated: boolean })[] = [];

  constructor(binding: NodeBinding, recording: Recording) {
    this.#binding = binding;
    this.#recording = recording;
  }

  build(): BuiltGraph {
    const { inputs, outputs, updates } = this.#recording;
    const { TF_FLOAT } = this.#binding;
    inputs.forEach((port, index) => this.#placeholder(`in${index}`, port));
    const needed = this.#needed();
    this.#recording.ops.forEach((op, index) => {
      if (needed.has(op)) this.#op(op, index);
    });
    outputs.forEach(({ dtype, source }, index) => {
      this.#graph.node(`out${index}`, 'Identity', [this.#ref(source)], { T: typeValue(dtype) });
    });

    const zero = this.#constant({
      kind: 'constant',
      dtype: TF_FLOAT,
      shape: [],
      bytes: new Uint8Array(4),
      uniform: false,
    });
    const finished = (name: string, after: readonly string[]) =>
      this.#graph.node(name, 'Identity', [zero, ...after.map((node) => `^${node}`)], {
        T: typeValue(TF_FLOAT),
      });

    const assigned = updates.map(({ variable, source }) => {
      const value = this.#ref(source);
      const slot = this.#slot(variable);
      this.#slots[slot].updated = true;
      // A reader that ran later would see the new value.
      return this.#assign(`assign${slot}`, slot, [value, `^read${slot}`]);
    });
    finished('done', assigned);

    const load = (name: string, wanted: (slot: StateSlot) => boolean) => {
      const slots = this.#slots.flatMap((slot, index) => (wanted(slot) ? [index] : []));
      const loads = slots.map((slot) => {
        const value = this.#placeholder(`new${slot}`, this.#slots[slot]);
        return this.#assign(`load${slot}`, slot, [value]);
      });
      finished(name, loads);
      return { feeds: slots.map((slot) => `new${slot}:0`).join(','), fetches: `${name}:0` };
    };
    const variables = load('loaded', ({ variable }) => variable !== undefined);
    const constants = load('loadedConstants', ({ variable }) => variable === undefined);
    const updated = this.#slots.flatMap((slot, index) => (slot.updated ? [`read${index}:0`] : []));
    return {
      bytes: this.#graph.savedModel(),
      nodes: this.#graph.nodes,
      slots: this.#slots,
      step: {
        feeds: inputs.map((_, index) => `in${index}:0`).join(','),
        fetches: [...outputs.map((_, index) => `out${index}:0`), 'done:0'].join(','),
      },
      load: variables,
      loadConstants: constants,
      read: { fetches: updated.join(',') },
    };
  }

  /** Ops that an output or an update depends on. */
  #needed(): Set<RecordedOp> {
    const needed = new Set<RecordedOp>();
    const mark = (source: Source): void => {
      const origin = resolve(source);
      if (origin.kind === 'op') needed.add(origin.op);
    };
    for (const { source } of [...this.#recording.outputs, ...this.#recording.updates]) mark(source);
    for (const op of [...this.#recording.ops].reverse()) if (needed.has(op)) op.inputs.forEach(mark);
    return needed;
  }

  /**
   * Adds an op, or takes the equal one from before: gradients compute much of the forward pass again. An Identity is never shared, so that
   * it can keep apart what is to be computed twice (`recompute`).
   */
  #op(op: RecordedOp, index: number): void {
    const attributes = op.attributes
      .filter(({ value }) => value !== undefined && value !== null)
      .map((attribute) => [attribute.name, attributeValue(this.#binding, attribute)] as const);
    const inputs = op.inputs.map((source) => this.#ref(source));
    const key = `${op.name} ${inputs.join()} ${JSON.stringify(op.attributes)}`;
    const equal = this.#equal.get(key);
    if (equal !== undefined && op.name !== 'Identity') {
      this.#refs.set(op, equal);
      return;
    }
    // What follows from constants alone is never waited for: libtensorflow folds it, and may then move it behind who waits, a cycle.
    const fixed = op.inputs.length > 0 && inputs.every((input) => this.#fixed.has(input));
    const node = this.#node(`op${index}`, op.name, inputs, Object.fromEntries(attributes), fixed);
    if (fixed) op.outputs.forEach((_, output) => this.#fixed.add(`${node}:${output}`));
    else this.#before = [`^${node}`];
    this.#equal.set(key, node);
    this.#refs.set(op, node);
  }

  /** Adds a node with the edges that keep equal runs equal; an AddN as sums of two, which no optimiser joins. */
  #node(name: string, op: string, inputs: string[], attributes: Attributes, isFixed: boolean): string {
    if (op === 'AddN' && inputs.length > 1) {
      const { T } = attributes;
      const [first, ...rest] = inputs;
      const add = (sum: string, term: string, index: number): string =>
        `${this.#node(index < rest.length - 1 ? `${name}_${index}` : name, 'AddV2', [sum, term], { T }, isFixed)}:0`;
      rest.reduce(add, first);
      return name;
    }
    let after: readonly string[] = [];
    if (op === 'Identity') after = this.#before;
    if (SUMS.has(op) && !isFixed) after = [this.#idle(name)];
    return this.#graph.node(name, op, [...inputs, ...after], attributes);
  }

  /**
   * Control edge to an op that does nothing. libtensorflow leaves a sum with an edge of its own as it is; it would join others to one AddN,
   * which adds up in the memory of whichever term nobody else reads any more: other last bits from run to run.
   */
  #idle(sum: string): string {
    const name = this.#graph.node(`idle_${sum}`, 'VarHandleOp', [], {
      dtype: typeValue(this.#binding.TF_FLOAT),
      shape: shapeValue([]),
      shared_name: stringValue(`${this.#prefix}.idle`),
      container: stringValue(''),
    });
    return `^${name}`;
  }

  #ref(unresolved: Source): string {
    const source = resolve(unresolved);
    if (source.kind === 'op') return `${this.#refs.get(source.op)}:${source.output}`;
    if (source.kind === 'input') return `in${source.index}:0`;
    if (source.kind === 'constant') return this.#constant(source);
    if (source.kind === 'captured') return `read${this.#captured(source)}:0`;
    return `read${this.#slot(source.variable)}:0`;
  }

  #constant({ dtype, shape, bytes, uniform }: ConstantSource): string {
    const key = `${dtype} ${shape.join()} ${uniform} ${Buffer.from(bytes).toString('base64')}`;
    let ref = this.#constants.get(key);
    if (ref === undefined) {
      const value = tensorValue(this.#binding, dtype, shape, bytes, uniform);
      const attributes = { dtype: typeValue(dtype), value };
      ref = `${this.#graph.node(`constant${this.#constants.size}`, 'Const', [], attributes)}:0`;
      this.#constants.set(key, ref);
      this.#fixed.add(ref);
    }
    return ref;
  }

  #captured(source: CapturedSource): number {
    const known = this.#slots.findIndex(({ id }) => id === source.id);
    return known >= 0 ? known : this.#resource({ ...source, updated: false });
  }

  #slot(variable: Variable): number {
    const known = this.#slots.findIndex((slot) => slot.variable === variable);
    if (known >= 0) return known;
    const dtype = {
      float32: this.#binding.TF_FLOAT,
      int32: this.#binding.TF_INT32,
      bool: this.#binding.TF_BOOL,
    }[variable.dtype as string];
    if (dtype === undefined) {
      throw new Error(
        `compile: variable "${variable.name}" is ${variable.dtype}; only float32, int32 and bool can be state.`,
      );
    }
    return this.#resource({ variable, dtype, shape: variable.shape, updated: false });
  }

  #resource(slot: StateSlot): number {
    const index = this.#slots.push(slot) - 1;
    const dtype = typeValue(slot.dtype);
    this.#graph.node(`state${index}`, 'VarHandleOp', [], {
      dtype,
      shape: shapeValue(slot.shape),
      shared_name: stringValue(`${this.#prefix}.${index}`),
      container: stringValue(''),
    });
    this.#graph.node(`read${index}`, 'ReadVariableOp', [`state${index}:0`], { dtype });
    return index;
  }

  #assign(name: string, slot: number, inputs: readonly string[]): string {
    const dtype = typeValue(this.#slots[slot].dtype);
    return this.#graph.node(name, 'AssignVariableOp', [`state${slot}:0`, ...inputs], { dtype });
  }

  #placeholder(name: string, { dtype, shape }: Port): string {
    return `${this.#graph.node(name, 'Placeholder', [], { dtype: typeValue(dtype), shape: shapeValue(shape) })}:0`;
  }
}

/** Where a value comes from once variables that the step made are state; one that is gone again was just a value. */
function resolve(source: Source): Source {
  if (source.kind !== 'created') return source;
  return source.variable.isDisposed ? resolve(source.initial) : source;
}
