import { checkShape, tf, type Tensor, type Tensor4D } from '@fovea/tensorflow';

const WINDOW = 11;
const SIGMA = 1.5;
const C1 = 0.01 ** 2;
const C2 = 0.03 ** 2;

/**
 * Structural similarity of maps with values in [0, 1], at every pixel.
 *
 *     SSIM = (2 mu_a mu_b + C1)(2 s_ab + C2) / ((mu_a^2 + mu_b^2 + C1)(s_a^2 + s_b^2 + C2)),  C1 = 0.01^2, C2 = 0.03^2
 *
 * Means, variances and covariance are weighted by an 11 x 11 Gaussian of sigma 1.5; outside of the map lie zeros.
 *
 * @param a_NHWC - one channel // [N, H, W, 1]
 * @param b_NHWC - of the same shape
 * @returns in [-1, 1] // [N, H, W, 1]
 * @throws Error for other shapes
 * @see Wang et al. 2004; as the loss term 1 - SSIM in Qin et al. 2019 (BASNet)
 *
 * @example
 * structuralSimilarity(map, map).min().dataSync()[0]; // 1
 */
export function structuralSimilarity(a_NHWC: Tensor, b_NHWC: Tensor): Tensor4D {
  const { N, H, W } = checkShape(a_NHWC, ['N', 'H', 'W', 1], 'structuralSimilarity: a_NHWC');
  checkShape(b_NHWC, [N, H, W, 1], 'structuralSimilarity: b_NHWC');
  return tf.tidy(() => {
    const products = [a_NHWC, b_NHWC, tf.square(a_NHWC), tf.square(b_NHWC), tf.mul(a_NHWC, b_NHWC)];
    const weights = gaussian();
    const joined = tf.concat(products, 0) as Tensor4D;
    const rows = tf.conv2d(joined, tf.tensor4d(weights, [WINDOW, 1, 1, 1]), 1, 'same');
    const means = tf.conv2d(rows, tf.tensor4d(weights, [1, WINDOW, 1, 1]), 1, 'same');
    const [a, b, aa, bb, ab] = tf.split(means, 5, 0);
    const [a2, b2, both] = [tf.square(a), tf.square(b), tf.mul(a, b)];
    const above = tf.mul(tf.add(tf.mul(both, 2), C1), tf.add(tf.mul(tf.sub(ab, both), 2), C2));
    const spread = tf.add(tf.sub(tf.sub(tf.add(aa, bb), a2), b2), C2);
    return tf.div(above, tf.mul(tf.add(tf.add(a2, b2), C1), spread)) as Tensor4D;
  });
}

/** Eleven weights of sum 1. */
function gaussian(): number[] {
  const middle = (WINDOW - 1) / 2;
  const weights = Array.from({ length: WINDOW }, (_, i) => Math.exp(-((i - middle) ** 2) / (2 * SIGMA ** 2)));
  const sum = weights.reduce((total, weight) => total + weight, 0);
  return weights.map((weight) => weight / sum);
}
