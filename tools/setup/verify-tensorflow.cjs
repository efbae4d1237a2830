'use strict';
// Loads TensorFlow as the workspace does and computes what is exact in float32: a product, and one of Fovea's own kernels.
const { join } = require('node:path');
const { createRequire } = require('node:module');

delete process.env.FOVEA_BACKEND; // the JavaScript backends are not what is verified
const fromRoot = createRequire(join(process.argv[2], 'package.json'));
const tf = fromRoot('@tensorflow/tfjs-node');
if (tf.getBackend() !== 'tensorflow') {
  fromRoot('@tensorflow/tfjs-node-gpu'); // throws the reason, which the workspace's loader turns into a warning
  throw new Error(`tfjs runs on the backend ${tf.getBackend()}, not on libtensorflow`);
}
const backend = tf.backend();
const product = tf.matMul(tf.tensor2d([1, 2, 3, 4], [2, 2]), tf.tensor2d([5, 6, 7, 8], [2, 2]));
const values = Array.from(product.dataSync());
if (values.join() !== '19,22,43,50')
  throw new Error(`[[1,2],[3,4]] · [[5,6],[7,8]] gave ${values.join()}, not 19,22,43,50`);
if (!backend.isUsingGpuDevice) {
  const gelu = Array.from(backend.executeSingleOutput('FoveaGelu', [], [tf.tensor1d([0, 200])]).dataSync());
  if (gelu.join() !== '0,200') throw new Error(`FoveaGelu of 0 and 200 gave ${gelu.join()}, not 0,200`);
}
console.log(
  JSON.stringify({
    tensorflow: backend.binding.TF_Version,
    backend: tf.getBackend(),
    gpu: Boolean(backend.isUsingGpuDevice),
  }),
);
