import { fusedBatchNorm, tf, type Tensor, type Variable } from '@fovea/tensorflow';
import { ones, zeros } from './initialisers.ts';
import type { Layer, Parameters } from './parameters.ts';

const EPSILON = 1e-5;
const MOMENTUM = 0.1; // share of the new batch in the running statistics, PyTorch's sense

/** Size and form of a batch norm. */
export interface BatchNormOptions {
  readonly channels: number;
  /** Whether scale gamma and shift beta are learnt; default true. */
  readonly affine?: boolean;
}

/**
 * Batch norm over the last axis of [N, C] or [N, H, W, C].
 *
 *     train: y = gamma (x - mean) / sqrt(variance + 1e-5) + beta, with the batch's mean and biased variance
 *            running <- 0.9 running + 0.1 batch, the batch's variance unbiased
 *     eval:  the running mean and variance instead
 *
 * Variables `name.weight`, `name.bias` (gamma, beta) and the statistics `name.running_mean`, `name.running_var`.
 *
 * Source: Ioffe and Szegedy 2015; conventions of PyTorch's BatchNorm, against whose vectors it is tested.
 */
export function batchNorm(parameters: Parameters, name: string, options: BatchNormOptions): Layer {
  const { channels, affine = true } = options;
  const shape = [channels];
  const gamma = affine ? parameters.weight(`${name}.weight`, shape, ones) : undefined;
  const beta = affine ? parameters.weight(`${name}.bias`, shape, zeros) : undefined;
  const runningMean = parameters.statistic(`${name}.running_mean`, shape, 0);
  const runningVariance = parameters.statistic(`${name}.running_var`, shape, 1);

  return (x, mode) => {
    const scale = gamma ?? tf.ones(shape);
    const shift = beta ?? tf.zeros(shape);
    if (mode === 'eval') {
      const frozen = { epsilon: EPSILON, mean: runningMean, variance: runningVariance };
      return fusedBatchNorm(x, scale, shift, frozen).y;
    }
    const { y, mean, variance } = fusedBatchNorm(x, scale, shift, { epsilon: EPSILON });
    update(runningMean, mean);
    update(runningVariance, variance);
    return y;
  };
}

function update(running: Variable, batch: Tensor): void {
  running.assign(tf.tidy(() => tf.add(tf.mul(running, 1 - MOMENTUM), tf.mul(batch, MOMENTUM))));
}
