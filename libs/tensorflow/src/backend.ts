import { availableParallelism } from 'node:os';
import type { Tensor, TensorInfo } from '@tensorflow/tfjs';
import { tf } from './tf.ts';

/** What runs the ops: libtensorflow, or one of tfjs' own backends where libtensorflow did not load. */
export interface BackendInfo {
  readonly name: 'tensorflow' | 'wasm' | 'cpu';
  /** Version of libtensorflow, else of tfjs. */
  readonly version: string;
  /** Threads of one op. */
  readonly threads: number;
}

/** The backend in use, for provenance and messages. */
export function backendInfo(): BackendInfo {
  const name = tf.getBackend();
  if (name !== 'tensorflow') {
    return { name: name === 'wasm' ? 'wasm' : 'cpu', version: tf.version.tfjs, threads: 1 };
  }
  const { TF_Version: version } = nodeBackend().binding;
  const threads = Number(process.env.TF_NUM_INTRAOP_THREADS ?? availableParallelism());
  return { name, version, threads };
}

/**
 * Resolves once the best backend that this machine has is in use.
 *
 * libtensorflow is ready at import, so this waits only where tfjs' WebAssembly backend takes over from cpu.
 */
export async function ready(): Promise<BackendInfo> {
  if (tf.getBackend() === 'cpu') await tf.setBackend('wasm');
  await tf.ready();
  return backendInfo();
}

/** One attribute of a TensorFlow op, as tfjs-node hands it to libtensorflow. */
export interface OpAttribute {
  name: string;
  type: number;
  value: unknown;
}

/** What libtensorflow says about a tensor that it made; `dtype` is TensorFlow's number. */
export interface TensorMetadata {
  id: number;
  shape: number[];
  dtype: number;
}

/** The N-API functions under tfjs-node's backend. */
export interface NodeBinding {
  readonly TF_Version: string;
  readonly TF_ATTR_TYPE: number;
  readonly TF_ATTR_INT: number;
  readonly TF_ATTR_FLOAT: number;
  readonly TF_ATTR_STRING: number;
  readonly TF_ATTR_BOOL: number;
  readonly TF_ATTR_SHAPE: number;
  readonly TF_FLOAT: number;
  readonly TF_INT32: number;
  readonly TF_INT64: number;
  readonly TF_BOOL: number;
  createTensor(shape: number[], dtype: number, values: ArrayLike<number>): number;
  deleteTensor(id: number): void;
  tensorDataSync(id: number): Float32Array | Int32Array | Uint8Array;
  executeOp(name: string, attributes: OpAttribute[], inputs: number[], outputs: number): TensorMetadata[];
  loadSavedModel(directory: string, tags: string): number;
  deleteSavedModel(id: number): void;
  runSavedModel(id: number, inputs: number[], inputNames: string, outputNames: string): TensorMetadata[];
  getNumOfSavedModels(): number;
  getNumOfTensors(): number;
  /** Set by native/quiet_loader.cc once Fovea's own kernels are registered. */
  readonly foveaKernels?: boolean;
}

/** What tfjs-node keeps of one buffer: a libtensorflow id, or values that are not uploaded yet (id -1). */
export interface TensorEntry {
  id: number;
  shape: number[];
  dtype: number;
  values: ArrayLike<number> | null;
  refCount: number;
}

/** The parts of tfjs-node's backend that native ops use; it has no public types for them. */
export interface NodeBackend {
  binding: NodeBinding;
  readonly isUsingGpuDevice: boolean;
  readonly tensorMap: {
    get(dataId: object): TensorEntry;
    has(dataId: object): boolean;
    delete(dataId: object): boolean;
  };
  /** Uploads what is not uploaded yet and returns libtensorflow's ids. */
  getInputTensorIds(tensors: readonly TensorInfo[]): number[];
  createOutputTensor(metadata: TensorMetadata): Tensor;
  executeSingleOutput(name: string, attributes: OpAttribute[], inputs: readonly TensorInfo[]): Tensor;
  executeMultipleOutputs(
    name: string,
    attributes: OpAttribute[],
    inputs: readonly TensorInfo[],
    outputs: number,
  ): Tensor[];
  readSync(dataId: object): Float32Array | Int32Array | Uint8Array;
  read(dataId: object): Promise<Float32Array | Int32Array | Uint8Array>;
}

/** tfjs-node's backend; ask `hasNativeOps()` first. */
export function nodeBackend(): NodeBackend {
  return tf.backend() as unknown as NodeBackend;
}

/** True when ops run in libtensorflow, so that its own kernels can be called by name. */
export function hasNativeOps(): boolean {
  return tf.getBackend() === 'tensorflow';
}

/** True when Fovea's own kernels (`native/kernels`) are loaded and tensors lie where they read them: on the CPU. */
export function hasOwnKernels(): boolean {
  if (!hasNativeOps()) return false;
  const { binding, isUsingGpuDevice } = nodeBackend();
  return binding.foveaKernels === true && !isUsingGpuDevice;
}
