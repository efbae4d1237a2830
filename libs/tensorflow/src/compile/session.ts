import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Tensor, Variable } from '@tensorflow/tfjs';
import { nodeBackend, type NodeBackend, type TensorEntry, type TensorMetadata } from '../backend.ts';
import { buildGraph, type BuiltGraph, type StateSlot } from './build-graph.ts';
import type { Recording } from './recording.ts';

/** Entries of tensors whose value lies in a session, and nowhere else. */
const owners = new WeakMap<TensorEntry, Session>();

interface VariableSlot extends StateSlot {
  readonly variable: Variable;
  /** Id of the eager tensor that the session's copy equals, or -1. */
  known: number;
}

/**
 * A recorded step as a TensorFlow session.
 *
 * Variables have one home at a time. After a step, those that it updated live in the session, and their eager entries fetch them on
 * first use. Before a step, those that eager code (or another session) changed since are loaded.
 */
export class Session {
  readonly #backend: NodeBackend = nodeBackend();
  readonly #name: string;
  readonly #graph: Omit<BuiltGraph, 'bytes'>;
  readonly #variables: VariableSlot[];
  readonly #updated: VariableSlot[];
  readonly #id: number;
  #closed = false;

  constructor(name: string, recording: Recording) {
    this.#name = name;
    const { binding } = this.#backend;
    const { bytes, ...graph } = buildGraph(binding, recording);
    this.#graph = graph;
    this.#variables = this.#graph.slots.filter(isVariable).map((slot) => ({ ...slot, known: -1 }));
    this.#updated = this.#variables.filter(({ updated }) => updated);
    this.#id = load(this.#backend, bytes, name);
    const constants = this.#graph.slots.flatMap(({ id }) => (id === undefined ? [] : [id]));
    if (constants.length > 0) {
      const { feeds, fetches } = this.#graph.loadConstants;
      this.#discard(binding.runSavedModel(this.#id, constants, feeds, fetches));
    }
    // The session holds them now.
    for (const id of recording.owned) binding.deleteTensor(id);
  }

  /** Nodes of the graph, before TensorFlow optimises it. */
  get nodes(): number {
    return this.#graph.nodes;
  }

  /** Runs the step. */
  run(inputs: readonly Tensor[]): Tensor[] {
    this.#loadVariables();
    const ids = this.#backend.getInputTensorIds(inputs);
    const { feeds, fetches } = this.#graph.step;
    const results = this.#backend.binding.runSavedModel(this.#id, ids, feeds, fetches);
    this.#discard(results.splice(-1));
    for (const slot of this.#updated) this.#takeOwnership(slot);
    return results.map((metadata) => this.#backend.createOutputTensor(metadata));
  }

  /** Closes the session; values that only it had become ordinary tensors. */
  dispose(): void {
    if (this.#closed) return;
    this.#fetch();
    this.#closed = true;
    this.#backend.binding.deleteSavedModel(this.#id);
  }

  /** Loads every variable if the session's copy of any is out of date. */
  #loadVariables(): void {
    let stale = false;
    let shared = false;
    for (const slot of this.#variables) {
      const { variable } = slot;
      if (variable.isDisposed) {
        throw new Error(
          `compile: ${this.#name} uses variable "${variable.name}", which has been disposed of. Dispose of the compiled step first.`,
        );
      }
      const entry = this.#entry(variable);
      const owner = owners.get(entry);
      if (owner === this) shared ||= entry.refCount > 1;
      else stale ||= owner !== undefined || entry.id !== slot.known || entry.id < 0;
    }
    // A copy of a variable (`clone`) that was never read must keep the value from before this step.
    if (stale || shared) this.#fetch();
    if (!stale) return;
    const ids = this.#backend.getInputTensorIds(this.#variables.map(({ variable }) => variable));
    const { feeds, fetches } = this.#graph.load;
    this.#discard(this.#backend.binding.runSavedModel(this.#id, ids, feeds, fetches));
    this.#variables.forEach((slot, index) => (slot.known = ids[index]));
  }

  /** Makes the session the home of a variable that the step just updated. */
  #takeOwnership(slot: VariableSlot): void {
    const { variable } = slot;
    slot.known = -1;
    let entry = this.#entry(variable);
    if (owners.get(entry) === this) return;
    if (entry.refCount > 1) {
      // Copies share the old value: leave it to them.
      const fresh = this.#backend.createOutputTensor({
        id: -1,
        shape: slot.shape.slice(),
        dtype: slot.dtype,
      });
      variable.assign(fresh);
      fresh.dispose();
      entry = this.#entry(variable);
    } else if (entry.id >= 0) {
      this.#backend.binding.deleteTensor(entry.id);
    }
    owners.set(entry, this);
    Object.defineProperty(entry, 'id', {
      configurable: true,
      enumerable: true,
      get: () => this.#demand(entry),
    });
  }

  #demand(entry: TensorEntry): number {
    this.#fetch();
    return entry.id;
  }

  /** Gives every variable that lives here an eager tensor; on a CPU the two share memory. */
  #fetch(): void {
    const mine = this.#updated.filter(({ variable }) => !variable.isDisposed && this.#owns(variable));
    if (mine.length === 0) return;
    const results = this.#backend.binding.runSavedModel(this.#id, [], '', this.#graph.read.fetches);
    this.#updated.forEach((slot, index) => {
      const { id } = results[index];
      if (!mine.includes(slot)) return this.#discard([results[index]]);
      const entry = this.#entry(slot.variable);
      Object.defineProperty(entry, 'id', { configurable: true, enumerable: true, writable: true, value: id });
      owners.delete(entry);
      slot.known = id;
    });
  }

  #owns(variable: Variable): boolean {
    const { dataId } = variable;
    return this.#backend.tensorMap.has(dataId) && owners.get(this.#entry(variable)) === this;
  }

  #entry(variable: Variable): TensorEntry {
    return this.#backend.tensorMap.get(variable.dataId);
  }

  #discard(results: readonly TensorMetadata[]): void {
    for (const { id } of results) this.#backend.binding.deleteTensor(id);
  }
}

function isVariable(slot: StateSlot): slot is StateSlot & { variable: Variable } {
  return slot.variable !== undefined;
}

/** Loads a graph as a session; the binding takes it from a folder only. `FOVEA_GRAPHS` names a folder to keep graphs in, for profiles. */
function load(backend: NodeBackend, bytes: Uint8Array, name: string): number {
  const keep = process.env.FOVEA_GRAPHS;
  if (keep !== undefined) mkdirSync(keep, { recursive: true });
  const prefix =
    keep === undefined ? join(tmpdir(), 'fovea-graph-') : join(keep, `${name.replace(/\W+/g, '-')}-`);
  const directory = mkdtempSync(prefix);
  try {
    writeFileSync(join(directory, 'saved_model.pb'), bytes);
    return backend.binding.loadSavedModel(directory, 'serve');
  } finally {
    if (keep === undefined) rmSync(directory, { recursive: true, force: true });
  }
}
