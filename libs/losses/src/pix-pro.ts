import {
  checkShape,
  l2Normalize,
  tf,
  type Scalar,
  type Tensor,
  type Tensor2D,
  type Tensor3D,
  type Tensor4D,
} from '@fovea/tensorflow';
import { checkPositive, resolveOptions, type Real } from './helpers/options.ts';
import { stopGradient } from './helpers/stop-gradient.ts';

export interface PixProOptions {
  /** Two cells are a pair when their centres are closer than this share of the larger cell diagonal. Default 0.7. */
  readonly posRatio?: Real;
}

const defaults: Required<PixProOptions> = { posRatio: 0.7 };

/**
 * PixPro, one direction: cells of two crops that lie at the same place of the image must agree.
 *
 *     pairs = { (i, j): |centre_i - centre_j| / max(diagonal of a cell of q, of k) < posRatio }, in image coordinates
 *     L = -2 mean over images of ( sum over pairs of cos(q_i, k_j) ) / ( number of pairs + 1e-6 )
 *
 * Keys are constants; an image whose crops do not overlap counts as 0. Add both directions. All embeddings equal (collapse): -2.
 *
 * @param q_BHWC - propagated features of the online network, see `pixProPropagate`; normalised inside over C
 * @param k_BHWC - features of the momentum network
 * @param coordQ_B4 - crop of q as (x0, y0, x1, y1) in the image; x0 > x1 says that the crop was flipped
 * @param coordK_B4 - crop of k
 * @throws Error for shapes that do not fit and posRatio that is not > 0
 *
 * Source: Xie et al. 2021, equations 1 and 4, and the authors' regression_loss (factor 2, 1e-6).
 *
 * @example
 * const crop = tf.tensor2d([[0, 0, 1, 1]]);
 * pixPro(tf.ones([1, 3, 3, 4]), tf.ones([1, 3, 3, 4]), crop, crop); // -2
 */
export function pixPro(
  q_BHWC: Tensor4D,
  k_BHWC: Tensor4D,
  coordQ_B4: Tensor2D,
  coordK_B4: Tensor2D,
  options: PixProOptions = {},
): Scalar {
  const { posRatio } = resolveOptions('pixPro', options, defaults);
  const { B, H, W, C } = checkShape(q_BHWC, ['B', 'H', 'W', 'C'], 'pixPro: q_BHWC');
  checkShape(k_BHWC, [B, H, W, C], 'pixPro: k_BHWC');
  checkShape(coordQ_B4, [B, 4], 'pixPro: coordQ_B4');
  checkShape(coordK_B4, [B, 4], 'pixPro: coordK_B4');
  checkPositive('pixPro', 'posRatio', posRatio);
  return tf.tidy(() => {
    const q_BSC = l2Normalize(tf.reshape(q_BHWC, [B, H * W, C])) as Tensor3D;
    const k_BSC = l2Normalize(tf.reshape(stopGradient(k_BHWC), [B, H * W, C])) as Tensor3D;
    const cosine_BSS = tf.matMul(q_BSC, k_BSC, false, true);
    const pair_BSS = pixProPairs(coordQ_B4, coordK_B4, [H, W], posRatio);
    const pairs_B = tf.sum(pair_BSS, [1, 2]);
    const mean_B = tf.div(tf.sum(tf.mul(cosine_BSS, pair_BSS), [1, 2]), tf.add(pairs_B, 1e-6));
    return tf.mul(tf.mean(mean_B), -2) as Scalar;
  });
}

/** 1 where cell i of the first crop and cell j of the second lie at the same place, else 0, [B, S, S]; arguments as for `pixPro`. */
export function pixProPairs(
  coordQ_B4: Tensor2D,
  coordK_B4: Tensor2D,
  [H, W]: readonly [number, number],
  posRatio: Real = defaults.posRatio,
): Tensor3D {
  return tf.tidy(() => {
    const S = H * W;
    const [q, k] = [cellsOf(coordQ_B4, H, W), cellsOf(coordK_B4, H, W)];
    const difference = (a: Tensor, b: Tensor) => tf.sub(tf.reshape(a, [-1, S, 1]), tf.reshape(b, [-1, 1, S])); // [B, S, S]
    const distance_BSS = tf.sqrt(tf.add(tf.square(difference(q.x, k.x)), tf.square(difference(q.y, k.y))));
    const unit_B11 = tf.reshape(tf.maximum(q.diagonal, k.diagonal), [-1, 1, 1]);
    return tf.cast(tf.less(tf.div(distance_BSS, unit_B11), posRatio), 'float32') as Tensor3D;
  });
}

/**
 * Pixel propagation module of PixPro: every cell becomes a mix of the transformed cells that look like it.
 *
 *     y_i = sum over j of max(cos(x_i, x_j), 0)^exponent g_j
 *
 * @param x_BSC - features of the online network [B, S, C]
 * @param transformed_BSC - g(x), one linear layer in the paper
 * @param exponent - sharpness, 2 in the paper
 */
export function pixProPropagate(x_BSC: Tensor3D, transformed_BSC: Tensor3D, exponent = 2): Tensor3D {
  const { B, S } = checkShape(x_BSC, ['B', 'S', 'C'], 'pixProPropagate: x_BSC');
  checkShape(transformed_BSC, [B, S, 'C'], 'pixProPropagate: transformed_BSC');
  checkPositive('pixProPropagate', 'exponent', exponent);
  return tf.tidy(() => {
    const unit_BSC = l2Normalize(x_BSC);
    const similarity_BSS = tf.relu(tf.matMul(unit_BSC, unit_BSC, false, true));
    const weight_BSS = exponent === 2 ? tf.square(similarity_BSS) : tf.pow(similarity_BSS, exponent);
    return tf.matMul(weight_BSS, transformed_BSC) as Tensor3D;
  });
}

/** Centres of the cells of each crop in image coordinates, row-major [B, S], and the length of a cell's diagonal [B, 1]. */
function cellsOf(coord_B4: Tensor2D, H: number, W: number): { x: Tensor; y: Tensor; diagonal: Tensor } {
  const [x0, y0, x1, y1] = tf.split(stopGradient(coord_B4), 4, 1);
  const [width, height] = [tf.div(tf.sub(x1, x0), W), tf.div(tf.sub(y1, y0), H)];
  const column_1S = tf.reshape(tf.tile(tf.reshape(tf.range(0, W), [1, W]), [H, 1]), [1, H * W]);
  const row_1S = tf.reshape(tf.tile(tf.reshape(tf.range(0, H), [H, 1]), [1, W]), [1, H * W]);
  return {
    x: tf.add(tf.mul(tf.add(column_1S, 0.5), width), x0),
    y: tf.add(tf.mul(tf.add(row_1S, 0.5), height), y0),
    diagonal: tf.sqrt(tf.add(tf.square(width), tf.square(height))),
  };
}
