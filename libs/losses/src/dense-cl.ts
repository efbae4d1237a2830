import {
  checkShape,
  gatherRows,
  l2Normalize,
  tf,
  type Scalar,
  type Tensor2D,
  type Tensor3D,
} from '@fovea/tensorflow';
import { checkPositive, checkRange, resolveOptions, type Real } from './helpers/options.ts';
import { stopGradient } from './helpers/stop-gradient.ts';
import { mocoInfoNce } from './moco-info-nce.ts';

export interface DenseClOptions {
  /** Temperature T > 0. Default 0.2. */
  readonly temperature?: Real;
  /** Share of the dense term, in [0, 1]. Default 0.5. */
  readonly lambda?: Real;
}

const defaults: Required<DenseClOptions> = { temperature: 0.2, lambda: 0.5 };

/** Vectors of one view: pooled [B, D], of the cells of the dense head [B, S, D], and of the backbone's cells [B, S, C]. */
export interface DenseClView {
  readonly pooled: Tensor2D;
  readonly cells: Tensor3D;
  readonly backbone: Tensor3D;
}

/** The total and its unweighted terms. */
export interface DenseClTerms {
  readonly loss: Scalar;
  readonly globalTerm: Scalar;
  readonly denseTerm: Scalar;
}

/**
 * DenseCL: InfoNCE of pooled vectors, and of every cell with the key's cell that looks most alike in the backbone.
 *
 *     L = (1 - lambda) mocoInfoNce(q, k, queue) + lambda mocoInfoNce(cells of q, matched cells of k, dense queue)
 *
 * Match: for each query cell the key cell with the largest cosine of backbone features (the first of equal ones). Everything is normalised
 * inside; keys and queues are constants. All embeddings equal (collapse): log(K + 1).
 *
 * @param query - vectors of the query view
 * @param key - vectors of the key view, of the momentum encoder
 * @param queue_KD - pooled keys [K, D], rows of unit length
 * @param denseQueue_KD - pooled dense keys, rows of unit length
 * @returns the total and its terms
 * @throws Error for shapes that do not fit and options out of range
 *
 * Source: Wang et al. 2021, equations 2 to 5.
 *
 * @example
 * const view = { pooled: tf.ones([2, 4]), cells: tf.ones([2, 9, 4]), backbone: tf.ones([2, 9, 6]) };
 * const queue = tf.fill([8, 4], 0.5);
 * denseCl(view, view, queue, queue).loss; // 2.1972 = log 9
 */
export function denseCl(
  query: DenseClView,
  key: DenseClView,
  queue_KD: Tensor2D,
  denseQueue_KD: Tensor2D,
  options: DenseClOptions = {},
): DenseClTerms {
  const { temperature, lambda } = resolveOptions('denseCl', options, defaults);
  const { B, S, D } = checkShape(query.cells, ['B', 'S', 'D'], 'denseCl: query.cells');
  checkShape(key.cells, [B, S, D], 'denseCl: key.cells');
  checkShape(denseQueue_KD, ['K', D], 'denseCl: denseQueue_KD');
  const backbone = checkShape(query.backbone, [B, S, 'C'], 'denseCl: query.backbone');
  checkShape(key.backbone, [B, S, backbone.C], 'denseCl: key.backbone');
  checkPositive('denseCl', 'temperature', temperature);
  checkRange('denseCl', 'lambda', lambda, 0, 1);
  return tf.tidy(() => {
    const globalTerm = mocoInfoNce(query.pooled, key.pooled, queue_KD, { temperature });
    const firstCell_B1 = tf.reshape(tf.range(0, B * S, S, 'int32'), [B, 1]);
    const cell_BS = tf.add(denseMatch(query.backbone, key.backbone), firstCell_B1); // among all B*S cells
    const matched_BSD = gatherRows(tf.reshape(stopGradient(key.cells), [B * S, D]), cell_BS);
    const denseTerm = mocoInfoNce(
      tf.reshape(query.cells, [B * S, D]),
      tf.reshape(matched_BSD, [B * S, D]),
      denseQueue_KD,
      { temperature },
    );
    const loss = tf.add(tf.mul(globalTerm, tf.sub(1, lambda)), tf.mul(denseTerm, lambda)) as Scalar;
    return { loss, globalTerm, denseTerm };
  });
}

/** For each query cell, the key cell of the same image with the largest cosine, int32 [B, S]. */
export function denseMatch(query_BSC: Tensor3D, key_BSC: Tensor3D): Tensor2D {
  const { B, C } = checkShape(query_BSC, ['B', 'S', 'C'], 'denseMatch: query_BSC');
  checkShape(key_BSC, [B, 'S', C], 'denseMatch: key_BSC');
  return tf.tidy(() => {
    const [query, key] = [query_BSC, key_BSC].map((cells) => l2Normalize(stopGradient(cells)));
    return tf.argMax(tf.matMul(query, key, false, true), 2) as Tensor2D;
  });
}
