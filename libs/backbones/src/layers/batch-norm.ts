import { fusedBatchNorm, tf, type Tensor, type Variable } from '@fovea/tensorflow';
import { ones, zeros, type InitialValue } from './initialisers.ts';
import type { Layer, Parameters } from './parameters.ts';

const EPSILON = 1e-5;
const MOMENTUM = 0.1; // share of the new batch in the running statistics, PyTorch's sense

/**
 * Over which images a batch norm takes its statistics while it trains.
 *
 * - `synchronised`: over the whole batch, as one process does, and as several do with synchronised batch norm.
 * - `{ devices: n }`: over each of n equal parts of the batch, as n devices do without; running statistics follow the first, as in PyTorch's
 *   DistributedDataParallel. Statistics that a part shares leak which rows lie together: MoCo shuffles its keys for that reason.
 * - `frozen`: over none: the running statistics normalise and stay as they are; scale and shift still train.
 */
export type NormStatistics = 'synchronised' | 'frozen' | { readonly devices: number };

/** Size and form of a batch norm. */
export interface BatchNormOptions {
  readonly channels: number;
  /** Whether scale gamma and shift beta are learnt; default true. */
  readonly affine?: boolean;
  /** Default `synchronised`. */
  readonly statistics?: NormStatistics;
  /** What gamma starts as; default 1. */
  readonly gamma?: InitialValue;
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
 * @throws Error when a number of devices does not divide the batch
 *
 * Source: Ioffe and Szegedy 2015; conventions of PyTorch's BatchNorm, against whose vectors it is tested.
 */
export function batchNorm(parameters: Parameters, name: string, options: BatchNormOptions): Layer {
  const { channels, affine = true, statistics = 'synchronised', gamma: start = 'ones' } = options;
  const devices = typeof statistics === 'object' ? statistics.devices : 1;
  if (!Number.isInteger(devices) || devices < 1) {
    throw new Error(`batchNorm: devices must be a positive integer, got ${devices}.`);
  }
  const shape = [channels];
  const gamma = affine
    ? parameters.weight(`${name}.weight`, shape, start === 'ones' ? ones : zeros)
    : undefined;
  const beta = affine ? parameters.weight(`${name}.bias`, shape, zeros) : undefined;
  const runningMean = parameters.statistic(`${name}.running_mean`, shape, 0);
  const runningVariance = parameters.statistic(`${name}.running_var`, shape, 1);

  return (x, mode) => {
    const scale = gamma ?? tf.ones(shape);
    const shift = beta ?? tf.zeros(shape);
    if (mode === 'eval' || statistics === 'frozen') {
      const frozen = { epsilon: EPSILON, mean: runningMean, variance: runningVariance };
      return fusedBatchNorm(x, scale, shift, frozen).y;
    }
    const parts = split(x, devices).map((part) => fusedBatchNorm(part, scale, shift, { epsilon: EPSILON }));
    update(runningMean, parts[0].mean);
    update(runningVariance, parts[0].variance);
    return devices === 1 ? parts[0].y : tf.concat(parts.map(({ y }) => y));
  };
}

function split(x: Tensor, devices: number): Tensor[] {
  if (devices === 1) return [x];
  if (x.shape[0] % devices !== 0) {
    throw new Error(`batchNorm: a batch of ${x.shape[0]} does not divide among ${devices} devices.`);
  }
  return tf.split(x, devices);
}

function update(running: Variable, batch: Tensor): void {
  running.assign(tf.tidy(() => tf.add(tf.mul(running, 1 - MOMENTUM), tf.mul(batch, MOMENTUM))));
}
