export type { Scalar, Tensor, Tensor1D, Tensor2D, Tensor3D, Tensor4D, Variable } from '@tensorflow/tfjs';
export { backendInfo, ready, type BackendInfo } from './backend.ts';
export { checkShape } from './check-shape.ts';
export { emaUpdate } from './ops/ema-update.ts';
export { fusedBatchNorm, type FusedBatchNorm, type FusedBatchNormOptions } from './ops/fused-batch-norm.ts';
export { relu } from './ops/relu.ts';
export { randomNormal, randomUniform, truncatedNormal } from './random.ts';
export { tf } from './tf.ts';
