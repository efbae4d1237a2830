import type { Tensor, Tensor4D } from '@tensorflow/tfjs';
import { checkShape } from '../check-shape.ts';
import { tf } from '../tf.ts';

/**
 * Every `stride`-th row and column, beginning with the first: y[n, i, j] = x[n, stride i, stride j].
 *
 * What a 1x1 convolution of that stride reads. Ahead of a plain 1x1 convolution it takes the place of a strided one, whose weight gradient
 * writes beyond its memory in libtensorflow 2.21 (oneDNN, few channels). Gradients of any order are defined.
 *
 * @param x_NHWC - maps; H and W need not be multiples of the stride
 * @returns [N, ceil(H / stride), ceil(W / stride), C]
 * @throws RangeError for a stride that is no positive integer; Error for other shapes
 *
 * @example
 * subsample(tf.ones([1, 5, 4, 2]), 2).shape; // [1, 3, 2, 2]
 */
export function subsample(x_NHWC: Tensor, stride: number): Tensor4D {
  checkShape(x_NHWC, ['N', 'H', 'W', 'C'], 'subsample: x_NHWC');
  if (!Number.isInteger(stride) || stride < 1) {
    throw new RangeError(`subsample: stride must be a positive integer, got ${stride}.`);
  }
  if (stride === 1) return x_NHWC as Tensor4D;
  const [N, H, W, C] = x_NHWC.shape;
  const [rows, columns] = [Math.ceil(H / stride), Math.ceil(W / stride)];
  const [below, right] = [rows * stride - H, columns * stride - W];
  const whole = below + right === 0 ? x_NHWC : tf.pad(x_NHWC, [[0, 0], [0, below], [0, right], [0, 0]]); // prettier-ignore
  const cells = tf.reshape(whole, [N, rows, stride, columns, stride * C]);
  return tf.reshape(tf.slice(cells, [0, 0, 0, 0, 0], [N, rows, 1, columns, C]), [N, rows, columns, C]);
}
