import { availableParallelism } from 'node:os';
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

/** Reference to a tensor or an attribute value, as tfjs-node hands them to libtensorflow. */
export interface OpAttribute {
  name: string;
  type: number;
  value: unknown;
}

/** The parts of tfjs-node's backend that native ops use; it has no public types for them. */
export interface NodeBackend {
  readonly binding: {
    readonly TF_Version: string;
    readonly TF_ATTR_TYPE: number;
    readonly TF_ATTR_FLOAT: number;
    readonly TF_ATTR_STRING: number;
    readonly TF_ATTR_BOOL: number;
    readonly TF_FLOAT: number;
  };
  executeSingleOutput(
    name: string,
    attributes: OpAttribute[],
    inputs: unknown[],
  ): import('@tensorflow/tfjs').Tensor;
  executeMultipleOutputs(
    name: string,
    attributes: OpAttribute[],
    inputs: unknown[],
    outputs: number,
  ): import('@tensorflow/tfjs').Tensor[];
}

/** tfjs-node's backend; ask `hasNativeOps()` first. */
export function nodeBackend(): NodeBackend {
  return tf.backend() as unknown as NodeBackend;
}

/** True when ops run in libtensorflow, so that its own kernels can be called by name. */
export function hasNativeOps(): boolean {
  return tf.getBackend() === 'tensorflow';
}
