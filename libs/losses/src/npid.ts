import {
  checkShape,
  gatherRows,
  softmaxCrossEntropy,
  tf,
  type Scalar,
  type Tensor2D,
} from '@fovea/tensorflow';
import { logNormalizeAll } from './helpers/log-normalize.ts';
import { checkPositive, resolveOptions, type Real } from './helpers/options.ts';
import { stopGradient } from './helpers/stop-gradient.ts';

// B images, N rows of the bank, K negatives an image, D features; index[b, 0] is the image's own row.

export interface NpidOptions {
  /** `nce` against uniform noise, or `softmax` cross-entropy over the K + 1 rows. Default nce. */
  readonly mode?: 'nce' | 'softmax';
  /** Temperature T > 0. Default 0.07. */
  readonly temperature?: Real;
  /** Normalising constant of nce, estimated once by `npidPartition` and then kept. Default: estimated from this batch. */
  readonly partition?: Real;
}

const defaults = {
  mode: 'nce' as 'nce' | 'softmax',
  temperature: 0.07 as Real,
  partition: undefined as Real | undefined,
};

/**
 * Instance discrimination with a memory bank (InsDis, NPID): the feature must find its image's row among K sampled rows.
 *
 *     nce:      h = exp(v.f / T) / Z,  c = K / N
 *               L = -1/B sum over images of ( log(h+ / (h+ + c)) + sum over negatives of log(c / (h- + c)) )
 *     softmax:  L = mean over images of -log( exp(v+.f / T) / sum over the K + 1 rows of exp(v.f / T) )
 *
 * The bank is constant; update it afterwards with `updateMemory`. All embeddings equal and softmax (collapse): log(K + 1).
 *
 * @param features_BD - [B, D], rows of unit length, used as given
 * @param memory_ND - [N, D], rows of unit length
 * @param index_BC - int32 [B, K + 1], rows of the bank; column 0 is the positive
 * @throws Error for shapes that do not fit, K = 0, and options out of range
 *
 * Source: Wu et al. 2018, equations 4 to 8; the constant 1e-7 beside c, and Z = N mean(exp(v.f / T)), as in HobbitLong/CMC. Difference: nce is
 * computed in the log domain.
 *
 * @example
 * npid(tf.ones([2, 1]), tf.ones([9, 1]), tf.tensor2d([[0, 3], [1, 4]], [2, 2], 'int32'), { mode: 'softmax' }); // 0.6931 = log 2
 */
export function npid(
  features_BD: Tensor2D,
  memory_ND: Tensor2D,
  index_BC: Tensor2D,
  options: NpidOptions = {},
): Scalar {
  const { mode, temperature, partition } = resolveOptions('npid', options, defaults);
  if (mode !== 'nce' && mode !== 'softmax') {
    throw new Error(`npid: mode must be nce or softmax, got ${String(mode)}.`);
  }
  const { B, N, K } = checkArguments('npid', features_BD, memory_ND, index_BC, temperature);
  if (partition !== undefined) checkPositive('npid', 'partition', partition);
  return tf.tidy(() => {
    const logits_BC = npidLogits(features_BD, memory_ND, index_BC, temperature);
    if (mode === 'softmax') {
      const labels_BC = tf.tile(tf.oneHot(tf.tensor1d([0], 'int32'), K + 1), [B, 1]);
      return tf.mean(softmaxCrossEntropy(logits_BC, tf.cast(labels_BC, 'float32'))) as Scalar;
    }
    const logPartition = partition === undefined ? logPartitionOf(logits_BC, N) : tf.log(partition);
    // x = log(h / (c + 1e-7)); log(h / (h + c')) = -softplus(-x) and log(c / (h + c')) = log(c / c') - softplus(x).
    const noise = K / N;
    const x_BC = tf.sub(logits_BC, tf.add(logPartition, Math.log(noise + 1e-7)));
    const positive = tf.softplus(tf.neg(tf.slice(x_BC, [0, 0], [B, 1])));
    const negative = tf.softplus(tf.slice(x_BC, [0, 1], [B, K]));
    const total = tf.add(tf.sum(positive), tf.sum(negative));
    return tf.add(tf.div(total, B), K * Math.log((noise + 1e-7) / noise)) as Scalar;
  });
}

/** Logits v.f / T of every sampled row [B, K + 1]. */
function npidLogits(
  features_BD: Tensor2D,
  memory_ND: Tensor2D,
  index_BC: Tensor2D,
  temperature: Real,
): Tensor2D {
  const { B, K } = checkArguments('npid', features_BD, memory_ND, index_BC, temperature);
  return tf.tidy(() => {
    const rows_BCD = gatherRows(stopGradient(memory_ND), index_BC);
    const logits_BC1 = tf.matMul(rows_BCD, tf.reshape(features_BD, [B, -1, 1]));
    return tf.div(tf.reshape(logits_BC1, [B, K + 1]), temperature);
  });
}

/**
 * The scores of every sampled row [B, K + 1]: exp(v.f / T) / Z for nce, v.f / T for softmax; arguments as for `npid`.
 *
 * exp(v.f / T) itself may exceed float32 at small temperatures; the quotient does not.
 */
export function npidScores(
  features_BD: Tensor2D,
  memory_ND: Tensor2D,
  index_BC: Tensor2D,
  options: NpidOptions = {},
): Tensor2D {
  const { mode, temperature, partition } = resolveOptions('npidScores', options, defaults);
  return tf.tidy(() => {
    const logits_BC = npidLogits(features_BD, memory_ND, index_BC, temperature);
    if (mode === 'softmax') return logits_BC;
    const logPartition =
      partition === undefined ? logPartitionOf(logits_BC, memory_ND.shape[0]) : tf.log(partition);
    return tf.exp(tf.sub(logits_BC, logPartition)) as Tensor2D;
  });
}

/** Estimate of the partition from one batch, N mean(exp(v.f / T)); constant. Keep the first batch's for the whole training. */
export function npidPartition(
  features_BD: Tensor2D,
  memory_ND: Tensor2D,
  index_BC: Tensor2D,
  temperature: Real = defaults.temperature,
): Scalar {
  return tf.tidy(() => {
    const logits_BC = npidLogits(features_BD, memory_ND, index_BC, temperature);
    return tf.exp(logPartitionOf(logits_BC, memory_ND.shape[0]));
  });
}

/** log( N mean(exp(logits)) ), constant: the log of the sum is what `logNormalizeAll` subtracts. */
function logPartitionOf(logits_BC: Tensor2D, bankRows: number): Scalar {
  const constant = stopGradient(logits_BC);
  const logSum = tf.mean(tf.sub(constant, logNormalizeAll(constant)));
  return tf.add(logSum, Math.log(bankRows / logits_BC.size)) as Scalar;
}

function checkArguments(
  where: string,
  features_BD: Tensor2D,
  memory_ND: Tensor2D,
  index_BC: Tensor2D,
  temperature: Real,
): { B: number; N: number; K: number } {
  const { B, D } = checkShape(features_BD, ['B', 'D'], `${where}: features_BD`);
  const { N } = checkShape(memory_ND, ['N', D], `${where}: memory_ND`);
  const { C } = checkShape(index_BC, [B, 'C'], `${where}: index_BC`);
  if (B === 0 || C < 2)
    throw new Error(
      `${where}: index_BC must hold a positive and at least one negative, got shape [${B}, ${C}].`,
    );
  checkPositive(where, 'temperature', temperature);
  return { B, N, K: C - 1 };
}
