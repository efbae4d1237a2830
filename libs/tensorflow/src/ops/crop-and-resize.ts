import type { Tensor, Tensor4D } from '@tensorflow/tfjs';
import { checkShape } from '../check-shape.ts';
import { hasNativeOps, nodeBackend } from '../backend.ts';
import { tf } from '../tf.ts';
import { executeWith, floatType, nativeKernel, text } from './native-kernel.ts';

/**
 * Bilinear crops of images, with gradients to the images and to the boxes.
 *
 *     crop[i, j] = bilinear sample of the image at y = y1 (H - 1) + i (y2 - y1)(H - 1)/(h - 1), x likewise; 0 outside of the image
 *     (a crop of size 1 samples the middle of the box)
 *
 * @param images_NHWC - float32
 * @param boxes_M4 - [y1, x1, y2, x2] a row; 0 and 1 are the centres of the first and last pixel; y1 > y2 flips
 * @param indices_M - int32, the image of each box
 * @param size - [height, width] of the crops
 * @returns [M, height, width, C]
 * @throws Error for other shapes or sizes that are none; without libtensorflow the gradients are missing and asking for them throws
 *
 * Source: TensorFlow's CropAndResize and its two gradients. The gradient to images is differentiable in turn (to what it came from and to
 * the boxes); the gradient to boxes is not.
 *
 * @example
 * cropAndResize(tf.ones([1, 4, 4, 3]), tf.tensor2d([[0, 0, 0.5, 0.5]]), tf.tensor1d([0], 'int32'), [2, 2]).shape; // [1, 2, 2, 3]
 */
export function cropAndResize(
  images_NHWC: Tensor,
  boxes_M4: Tensor,
  indices_M: Tensor,
  size: readonly [number, number],
): Tensor4D {
  checkShape(images_NHWC, ['N', 'H', 'W', 'C'], 'cropAndResize: images_NHWC');
  const { M } = checkShape(boxes_M4, ['M', 4], 'cropAndResize: boxes_M4');
  checkShape(indices_M, [M], 'cropAndResize: indices_M');
  if (!size.every((length) => Number.isInteger(length) && length > 0)) {
    throw new RangeError(`cropAndResize: size must be two positive integers, got [${size.join(', ')}].`);
  }
  if (!hasNativeOps()) {
    const [images, boxes] = [images_NHWC as Tensor4D, boxes_M4 as ReturnType<typeof tf.tensor2d>];
    return tf.image.cropAndResize(images, boxes, indices_M as ReturnType<typeof tf.tensor1d>, [...size]);
  }
  const inputs = { images: images_NHWC, boxes: boxes_M4, indices: indices_M };
  return forward(inputs, { size: [...size] })[0] as Tensor4D;
}

const forward: (
  inputs: { images: Tensor; boxes: Tensor; indices: Tensor },
  attributes: { readonly size: number[] },
) => Tensor[] = nativeKernel<'images' | 'boxes' | 'indices', { readonly size: number[] }>({
  name: 'FoveaCropAndResize',
  forward: ({ images, boxes, indices }, { size }) =>
    executeWith('CropAndResize', [floatType(), text('method', 'bilinear')], [images, boxes, indices, size]),
  gradient: {
    inputsToSave: ['images', 'boxes', 'indices'],
    outputsToSave: [],
    backward: ([dy], [images, boxes, indices]) => ({
      images: () => gradImage({ dy, boxes, indices }, { shape: images.shape })[0],
      boxes: () => gradBoxes({ dy, images, boxes, indices }, {})[0],
      indices: () => tf.zerosLike(indices),
    }),
  },
});

const gradImage = nativeKernel<'dy' | 'boxes' | 'indices', { readonly shape: readonly number[] }>({
  name: 'FoveaCropAndResizeGradImage',
  forward: ({ dy, boxes, indices }, { shape }) =>
    executeWith(
      'CropAndResizeGradImage',
      [floatType(), text('method', 'bilinear')],
      [dy, boxes, indices, shape],
    ),
  gradient: {
    inputsToSave: ['dy', 'boxes', 'indices'],
    outputsToSave: [],
    // <u, gradImage(dy)> = <crop(u), dy>.
    backward: ([ddx], [dy, boxes, indices]) => ({
      dy: () => forward({ images: ddx, boxes, indices }, { size: dy.shape.slice(1, 3) })[0],
      boxes: () => gradBoxes({ dy, images: ddx, boxes, indices }, {})[0],
      indices: () => tf.zerosLike(indices),
    }),
  },
});

const gradBoxes = nativeKernel<'dy' | 'images' | 'boxes' | 'indices', object>({
  name: 'FoveaCropAndResizeGradBoxes',
  forward: ({ dy, images, boxes, indices }) =>
    nodeBackend().executeSingleOutput(
      'CropAndResizeGradBoxes',
      [floatType(), text('method', 'bilinear')],
      [dy, images, boxes, indices],
    ),
});
