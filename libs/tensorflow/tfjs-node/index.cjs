'use strict';
// Every `require('@tensorflow/tfjs-node')` of the workspace, danfojs-node's included, ends here: one TensorFlow for all.

const util = require('node:util');

// tfjs-node 4.22 calls helpers of node:util that Node 22 warns about and Node 23 removed.
util.isNullOrUndefined = (value) => value === null || value === undefined;
util.isArray = Array.isArray;
util.isString = (value) => typeof value === 'string';
util.isNumber = (value) => typeof value === 'number';
util.isBoolean = (value) => typeof value === 'boolean';
util.isObject = (value) => value !== null && typeof value === 'object';
util.isFunction = (value) => typeof value === 'function';

// libtensorflow reads these once, while it loads.
process.env.TF_CPP_MIN_LOG_LEVEL ??= '2';
const threads = process.env.FOVEA_THREADS;
if (threads !== undefined) {
  if (!/^[1-9]\d*$/.test(threads)) {
    throw new Error(
      `FOVEA_THREADS must be a positive integer, got "${threads}". Unset it to use every core.`,
    );
  }
  process.env.TF_NUM_INTRAOP_THREADS ??= threads;
  process.env.OMP_NUM_THREADS ??= threads;
}

module.exports = process.env.FOVEA_BACKEND === 'js' ? fallback() : native();

function native() {
  try {
    return require('@tensorflow/tfjs-node-gpu');
  } catch (error) {
    const [reason] = String(error instanceof Error ? error.message : error).split('\n');
    process.emitWarning(
      `libtensorflow did not load, so tensors run on tfjs' JavaScript backends, many times slower. ` +
        `"npx fovea doctor" says what to repair. Reason: ${reason}`,
      { code: 'FOVEA_FALLBACK' },
    );
    return fallback();
  }
}

function fallback() {
  const tf = require('@tensorflow/tfjs');
  tf.enableProdMode(); // silences the advice to install tfjs-node
  require('@tensorflow/tfjs-backend-wasm');
  tf.setBackend('cpu');
  return tf;
}
