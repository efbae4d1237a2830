import type { TensorInfo, Variable } from '@tensorflow/tfjs';
import type { NodeBackend, NodeBinding } from '../backend.ts';

/** The parts of tfjs' engine that a recording intercepts. */
export interface Engine {
  runKernel(name: string, ...rest: unknown[]): unknown;
  makeVariable(...rest: unknown[]): Variable;
  readonly state: { readonly registeredVariables: Record<string, Variable>; readonly numTensors: number };
}

/** What is called instead while a step is recorded. */
export interface Hooks {
  readonly binding: Pick<NodeBinding, 'executeOp' | 'createTensor'>;
  getInputTensorIds(tensors: readonly TensorInfo[]): number[];
  readSync(dataId: object): Float32Array | Int32Array | Uint8Array;
  read(dataId: object): Promise<Float32Array | Int32Array | Uint8Array>;
  runKernel(name: string, ...rest: unknown[]): unknown;
  makeVariable(...rest: unknown[]): Variable;
  random(): number;
}

let intercepting = false;

/** True while a step is being recorded: a compiled step inside of it runs as a plain function. */
export function isRecording(): boolean {
  return intercepting;
}

/** Runs with the backend's and the engine's methods, and `Math.random`, replaced. */
export function intercept<T>(backend: NodeBackend, engine: Engine, hooks: Hooks, run: () => T): T {
  const { binding } = backend;
  const { random } = Math;
  const overrides: [object, string, unknown][] = [
    [backend, 'getInputTensorIds', hooks.getInputTensorIds],
    [backend, 'readSync', hooks.readSync],
    [backend, 'read', hooks.read],
    [engine, 'runKernel', hooks.runKernel],
    [engine, 'makeVariable', hooks.makeVariable],
  ];
  for (const [target, key, value] of overrides) {
    Object.defineProperty(target, key, { value, configurable: true, writable: true });
  }
  backend.binding = { ...copyOf(binding), ...hooks.binding };
  Math.random = hooks.random;
  intercepting = true;
  try {
    return run();
  } finally {
    intercepting = false;
    Math.random = random;
    backend.binding = binding;
    for (const [target, key] of overrides) Reflect.deleteProperty(target, key);
  }
}

/** The methods of an object as its class has them, whatever replaces them at the moment. */
export function originalOf<T extends object>(target: T): T {
  return Object.getPrototypeOf(target) as T;
}

/** The binding's properties are read-only and not enumerable, so a copy stands in for it. */
function copyOf(binding: NodeBinding): NodeBinding {
  const keys = Object.getOwnPropertyNames(binding) as (keyof NodeBinding)[];
  return Object.fromEntries(keys.map((key) => [key, binding[key]])) as unknown as NodeBinding;
}
