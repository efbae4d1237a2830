import { createRequire } from 'node:module';
import type * as TensorFlow from '@tensorflow/tfjs-node-gpu';

/**
 * TensorFlow.js on libtensorflow: the one instance that every library of the workspace and danfojs-node share.
 *
 * Where libtensorflow does not load, one warning is printed and tfjs' cpu backend serves; `await ready()` then brings WebAssembly.
 * Environment read at load: `FOVEA_THREADS` (threads of one op; default all cores), `FOVEA_BACKEND=js` (skip libtensorflow),
 * `TF_CPP_MIN_LOG_LEVEL` (default 2: errors only).
 *
 * @example
 * import { tf } from '@fovea/tensorflow';
 * tf.tensor1d([1, 2]).sum().dataSync()[0]; // 3
 */
export const tf = createRequire(import.meta.url)('@tensorflow/tfjs-node') as typeof TensorFlow;
