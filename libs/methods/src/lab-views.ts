import type { ChannelStatistics } from '@fovea/augment';
import { tf, type Tensor } from '@fovea/tensorflow';

/** Normalised lightness and colour of images, each as an image of three channels, those without content being 0. */
export interface LabViews {
  /** L of CIELAB in the first channel. */
  readonly lightness: Tensor;
  /** a and b in the first two channels. */
  readonly colour: Tensor;
}

/**
 * Splits normalised RGB images into L and ab of CIELAB (D65), scaled to about [-1, 1] each.
 *
 *     L <- (L - 50) / 50,  a <- (a - 6.025) / 92.208,  b <- (b + 6.6895) / 101.1675
 *
 * A zero channel adds nothing to a convolution, so a network of three inputs is here exactly one of one or two.
 *
 * @param images - [..., H, W, 3], normalised by `statistics`
 * @param statistics - mean and deviation that the images were normalised with
 *
 * Source: HobbitLong/CMC (scikit-image's rgb2lab, then the middle and half range of each channel); constants [MEM].
 */
export function labViews(images: Tensor, statistics: ChannelStatistics): LabViews {
  return tf.tidy(() => {
    const rgb = tf.clipByValue(tf.add(tf.mul(images, [...statistics.std]), [...statistics.mean]), 0, 1);
    const low = tf.div(rgb, 12.92);
    const high = tf.pow(tf.div(tf.add(rgb, 0.055), 1.055), 2.4);
    const linear = tf.where(tf.greater(rgb, 0.04045), high, low);
    const [count, width] = [linear.size / 3, 3];
    const toXyz = tf.tensor2d(RGB_TO_XYZ, [3, 3]);
    const xyz = tf.matMul(tf.reshape(linear, [count, width]), toXyz);
    const f = tf.where(
      tf.greater(xyz, 0.008856),
      tf.pow(tf.maximum(xyz, 0.008856), 1 / 3),
      tf.add(tf.mul(xyz, 7.787), 16 / 116),
    );
    // L = 116 fy - 16, a = 500 (fx - fy), b = 200 (fy - fz), then scaled.
    const lab = tf.add(tf.matMul(f, tf.tensor2d(F_TO_LAB, [3, 3])), [
      -66 / 50,
      -6.025 / 92.208,
      6.6895 / 101.1675,
    ]);
    const scaled = tf.reshape(lab, images.shape);
    const lightness = tf.mul(scaled, [1, 0, 0]);
    const turn = tf.tensor2d([0, 0, 0, 1, 0, 0, 0, 1, 0], [3, 3]);
    const colour = tf.reshape(tf.matMul(tf.reshape(scaled, [count, width]), turn), images.shape);
    return { lightness, colour };
  });
}

/** Rows R, G, B; columns X, Y, Z over the white point (0.95047, 1, 1.08883). */
const RGB_TO_XYZ = [
  [0.412453, 0.212671, 0.019334],
  [0.35758, 0.71516, 0.119193],
  [0.180423, 0.072169, 0.950227],
].flatMap(([x, y, z]) => [x / 0.95047, y, z / 1.08883]);

/** Rows fx, fy, fz; columns L, a, b over their half ranges. */
const F_TO_LAB = [
  [0, 500 / 92.208, 0],
  [116 / 50, -500 / 92.208, 200 / 101.1675],
  [0, 0, -200 / 101.1675],
].flat();
