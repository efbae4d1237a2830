import { checkShape, tf, type Tensor3D, type Tensor4D } from '@fovea/tensorflow';

/**
 * The image without its salient region: x (1 - M) + fill M.
 *
 * @param images_NHWC - // [N, H, W, C]
 * @param masks_NHW - 1 (or a share) where salient // [N, H, W]
 * @param fill - one value for all channels, or one a channel (the data set's mean, say)
 * @throws Error for shapes that do not fit
 */
export function maskOut(
  images_NHWC: Tensor4D,
  masks_NHW: Tensor3D,
  fill: number | readonly number[] = 0,
): Tensor4D {
  const { N, H, W, C } = checkShape(images_NHWC, ['N', 'H', 'W', 'C'], 'maskOut: images_NHWC');
  checkShape(masks_NHW, [N, H, W], 'maskOut: masks_NHW');
  const colours = typeof fill === 'number' ? Array<number>(C).fill(fill) : [...fill];
  if (colours.length !== C) {
    throw new Error(`maskOut: fill must be a number or ${C} numbers, got ${colours.length} numbers.`);
  }
  return tf.tidy(() => {
    const mask = masks_NHW.reshape([N, H, W, 1]);
    return images_NHWC.mul(tf.scalar(1).sub(mask)).add(mask.mul(tf.tensor1d(colours))) as Tensor4D;
  });
}
