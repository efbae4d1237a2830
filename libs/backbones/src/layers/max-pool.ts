import { checkShape, tf, type Tensor, type Tensor4D } from '@fovea/tensorflow';

/**
 * 3x3 max-pooling with stride 2 and one pixel of padding, which never wins: [N, H, W, C] to [N, ceil(H/2), ceil(W/2), C].
 *
 * Source: the stem of torchvision's ResNets.
 */
export function maxPool(x_NHWC: Tensor): Tensor4D {
  checkShape(x_NHWC, ['N', 'H', 'W', 'C'], 'maxPool: x_NHWC');
  const border: [number, number] = [1, 1];
  const padded = tf.pad(x_NHWC as Tensor4D, [[0, 0], border, border, [0, 0]], -Infinity);
  return tf.maxPool(padded, 3, 2, 'valid');
}
