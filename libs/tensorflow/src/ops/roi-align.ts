import type { Tensor, Tensor4D } from '@tensorflow/tfjs';
import { checkShape } from '../check-shape.ts';
import { tf } from '../tf.ts';
import { cropAndResize } from './crop-and-resize.ts';

/** Options of `roiAlign`. */
export interface RoiAlignOptions {
  /** Bins of each region: [height, width]. */
  readonly size: readonly [number, number];
  /** Samples along each side of a bin; default 2. */
  readonly samplingRatio?: number;
  /** Feature cells a unit of the boxes; default 1. */
  readonly spatialScale?: number;
}

/**
 * Means of bilinear samples over the bins of regions, with gradients to features and boxes.
 *
 *     sample (i, s) of a side: start + (i + (s + 1/2)/S) length/bins - 1/2, clamped to the map's edge up to one cell outside, 0 beyond
 *
 * @param features_NHWC - float32
 * @param boxes_M4 - [y1, x1, y2, x2] in units of 1/spatialScale cells, 0 at the outer edge of the first cell
 * @param indices_M - int32, the map of each box
 * @returns [M, bins, bins, C]
 * @throws Error for other shapes, or a sampling ratio that is no positive integer
 *
 * Source: He et al. 2017 (Mask R-CNN); the positions of torchvision's roi_align with aligned=true.
 *
 * @example
 * roiAlign(tf.ones([1, 8, 8, 3]), tf.tensor2d([[0, 0, 4, 4]]), tf.tensor1d([0], 'int32'), { size: [2, 2] }).shape; // [1, 2, 2, 3]
 */
export function roiAlign(
  features_NHWC: Tensor,
  boxes_M4: Tensor,
  indices_M: Tensor,
  options: RoiAlignOptions,
): Tensor4D {
  const { H, W } = checkShape(features_NHWC, ['N', 'H', 'W', 'C'], 'roiAlign: features_NHWC');
  checkShape(boxes_M4, ['M', 4], 'roiAlign: boxes_M4');
  const { size, samplingRatio = 2, spatialScale = 1 } = options;
  if (!Number.isInteger(samplingRatio) || samplingRatio < 1) {
    throw new RangeError(`roiAlign: samplingRatio must be a positive integer, got ${samplingRatio}.`);
  }
  return tf.tidy(() => {
    const samples = [size[0] * samplingRatio, size[1] * samplingRatio] as const;
    const padded = repeatEdge(repeatEdge(features_NHWC, 1), 2);
    const [y1, x1, y2, x2] = tf.unstack(tf.mul(boxes_M4, spatialScale), 1);
    const [top, bottom] = ends(y1, y2, samples[0], H);
    const [left, right] = ends(x1, x2, samples[1], W);
    const crops = cropAndResize(padded, tf.stack([top, left, bottom, right], 1), indices_M, samples);
    return tf.avgPool(crops, [samplingRatio, samplingRatio], [samplingRatio, samplingRatio], 'valid');
  });
}

/** First and last sample of a side in the coordinates of `cropAndResize` on the padded map. */
function ends(start: Tensor, end: Tensor, samples: number, cells: number): [Tensor, Tensor] {
  const stride = tf.div(tf.sub(end, start), samples);
  const position = (sample: number) =>
    tf.div(tf.add(start, tf.add(tf.mul(stride, sample + 0.5), -0.5 + 1)), cells + 1);
  return [position(0), position(samples - 1)];
}

/** One more cell of the edge on both ends of an axis: samples clamp to the edge within it, and are 0 beyond. */
function repeatEdge(x: Tensor, axis: number): Tensor {
  const begin = x.shape.map(() => 0);
  const end = begin.map((_, at) => (at === axis ? x.shape[axis] - 1 : 0));
  const size = x.shape.map((length, at) => (at === axis ? 1 : length));
  return tf.concat([tf.slice(x, begin, size), x, tf.slice(x, end, size)], axis);
}
