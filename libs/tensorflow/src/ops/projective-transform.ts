import type { Tensor, Tensor4D } from '@tensorflow/tfjs';
import { checkShape } from '../check-shape.ts';
import { tf } from '../tf.ts';
import { gatherRows } from './gather-rows.ts';

/**
 * Images seen through projective maps, by bilinear sampling, with an exact gradient to the images.
 *
 *     y[i, j] = bilinear sample of x at ((a0 j + a1 i + a2) / k, (b0 j + b1 i + b2) / k), k = c0 j + c1 i + 1; 0 outside of x
 *
 * Of the four pixels around a position, those outside of the image count as 0.
 *
 * @param x_NHWC - float32
 * @param transforms_N8 - [a0, a1, a2, b0, b1, b2, c0, c1] of each image, from pixel (column j, row i) of y to x; without gradient
 * @param size - [height, width] of y; default that of x
 * @throws Error for other shapes
 *
 * Source: the positions of TensorFlow's ImageProjectiveTransformV3, against which it is tested; tfjs-node lacks that kernel.
 *
 * @example
 * projectiveTransform(tf.ones([1, 4, 4, 3]), tf.tensor2d([[1, 0, 0, 0, 1, 0, 0, 0]])).shape; // [1, 4, 4, 3]
 */
export function projectiveTransform(
  x_NHWC: Tensor,
  transforms_N8: Tensor,
  size?: readonly [number, number],
): Tensor4D {
  const { N, H, W, C } = checkShape(x_NHWC, ['N', 'H', 'W', 'C'], 'projectiveTransform: x_NHWC');
  checkShape(transforms_N8, [N, 8], 'projectiveTransform: transforms_N8');
  const [height, width] = size ?? [H, W];
  return tf.tidy(() => {
    const rows = tf.reshape(tf.range(0, height), [1, height, 1]);
    const columns = tf.reshape(tf.range(0, width), [1, 1, width]);
    const entry = (index: number) => tf.reshape(tf.slice(transforms_N8, [0, index], [N, 1]), [N, 1, 1]);
    const plane = (first: number, last: Tensor | number) =>
      tf.add(tf.add(tf.mul(entry(first), columns), tf.mul(entry(first + 1), rows)), last);
    const k = plane(6, 1);
    const x = tf.div(plane(0, entry(2)), k); // [N, height, width]
    const y = tf.div(plane(3, entry(5)), k);
    const [left, top] = [tf.floor(x), tf.floor(y)];
    const [right, bottom] = [tf.sub(x, left), tf.sub(y, top)]; // shares of the far neighbours

    const pixels = tf.reshape(x_NHWC, [N * H * W, C]);
    const starts = tf.reshape(tf.range(0, N * H * W, H * W), [N, 1, 1]);
    const neighbour = (row: Tensor, column: Tensor, share: Tensor): Tensor => {
      const inside = tf.logicalAnd(
        tf.logicalAnd(tf.greaterEqual(row, 0), tf.lessEqual(row, H - 1)),
        tf.logicalAnd(tf.greaterEqual(column, 0), tf.lessEqual(column, W - 1)),
      );
      const at = tf.add(tf.mul(tf.clipByValue(row, 0, H - 1), W), tf.clipByValue(column, 0, W - 1));
      const values = gatherRows(pixels, tf.cast(tf.add(starts, at), 'int32')); // [N, height, width, C]
      return tf.mul(values, tf.expandDims(tf.mul(share, tf.cast(inside, 'float32')), 3));
    };
    return tf.addN([
      neighbour(top, left, tf.mul(tf.sub(1, bottom), tf.sub(1, right))),
      neighbour(top, tf.add(left, 1), tf.mul(tf.sub(1, bottom), right)),
      neighbour(tf.add(top, 1), left, tf.mul(bottom, tf.sub(1, right))),
      neighbour(tf.add(top, 1), tf.add(left, 1), tf.mul(bottom, right)),
    ]) as Tensor4D;
  });
}
