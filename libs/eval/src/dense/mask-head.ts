import { batchNorm, convolution, type Parameters } from '@fovea/backbones';
import { resizeBilinear, roiAlign, tf, type Scalar, type Tensor } from '@fovea/tensorflow';
import type { DetectionObject } from './fcos-targets.ts';

const CELLS = 14; // of a region's map along a side, as in Mask R-CNN
/** Side of a predicted mask. */
export const MASK_SIDE = 28;

/** (x0, y0, x1, y1) in pixels. */
export type Box = DetectionObject['box'];

/** Regions of the maps of a batch. */
export interface Regions {
  /** [M, 4]: top, left, bottom, right in cells of the map. */
  readonly boxes_M4: Tensor;
  /** [M], which map of the batch. */
  readonly images_M: Tensor;
}

/** A class-agnostic mask head over one map: RoIAlign to 14 x 14, two 3x3 convolutions with batch norm, twice the size, one 3x3 convolution; logits [M, 28, 28]. */
export function maskHead(
  parameters: Parameters,
  { inputs, channels }: { inputs: number; channels: number },
): (map: Tensor, regions: Regions, mode: 'train' | 'eval') => Tensor {
  const layers = [inputs, channels].map((width, at) => ({
    conv: convolution(parameters, `mask.conv${at}`, { inputs: width, outputs: channels, kernel: 3 }),
    norm: batchNorm(parameters, `mask.bn${at}`, { channels }),
  }));
  const last = convolution(parameters, 'mask.last', { inputs: channels, outputs: 1, kernel: 3 });
  const bias = parameters.weight('mask.last.bias', [1], (_, shape) => tf.zeros(shape));
  return (map, { boxes_M4, images_M }, mode) => {
    const rois: Tensor = roiAlign(map, boxes_M4, images_M, { size: [CELLS, CELLS] });
    const found = layers.reduce((x, { conv, norm }) => tf.relu(norm(conv(x, mode), mode)), rois);
    const large = resizeBilinear(found, [MASK_SIDE, MASK_SIDE]);
    return tf.squeeze(tf.add(last(large, mode), bias), [3]);
  };
}

/** Mean binary cross-entropy over pixels and regions. */
export function maskLoss(logits_MSS: Tensor, targets_MSS: Tensor): Scalar {
  const soft = tf.log1p(tf.exp(tf.neg(tf.abs(logits_MSS))));
  return tf.mean(tf.add(tf.sub(tf.relu(logits_MSS), tf.mul(logits_MSS, targets_MSS)), soft));
}

/** What the head should say of a box: the mask's pixel at the middle of each of 28 x 28 cells, 0 outside of the image. */
export function maskTarget(mask: Uint8Array, height: number, width: number, box: Box): Float32Array {
  const [x0, y0, x1, y1] = box;
  return Float32Array.from({ length: MASK_SIDE * MASK_SIDE }, (_, at) => {
    const x = Math.floor(x0 + (((at % MASK_SIDE) + 0.5) / MASK_SIDE) * (x1 - x0));
    const y = Math.floor(y0 + ((Math.floor(at / MASK_SIDE) + 0.5) / MASK_SIDE) * (y1 - y0));
    return Number(x >= 0 && x < width && y >= 0 && y < height && mask[y * width + x] > 0);
  });
}

/** The mask of a whole image: logits resized bilinearly to their box, inside where they are at least 0. */
export function pasteMask(logits: Float32Array, box: Box, height: number, width: number): Uint8Array {
  const [x0, y0, x1, y1] = box;
  const mask = new Uint8Array(height * width);
  const cell = (position: number, start: number, end: number): number =>
    Math.min(MASK_SIDE - 1, Math.max(0, ((position + 0.5 - start) / (end - start)) * MASK_SIDE - 0.5));
  for (let y = Math.max(0, Math.ceil(y0 - 0.5)); y < height && y + 0.5 < y1; y++) {
    const v = cell(y, y0, y1);
    const [top, bottom] = [Math.floor(v) * MASK_SIDE, Math.ceil(v) * MASK_SIDE];
    for (let x = Math.max(0, Math.ceil(x0 - 0.5)); x < width && x + 0.5 < x1; x++) {
      const u = cell(x, x0, x1);
      const [left, right] = [Math.floor(u), Math.ceil(u)];
      const above = mixed(logits[top + left], logits[top + right], u - left);
      const below = mixed(logits[bottom + left], logits[bottom + right], u - left);
      mask[y * width + x] = Number(mixed(above, below, v - Math.floor(v)) >= 0);
    }
  }
  return mask;
}

function mixed(a: number, b: number, share: number): number {
  return a + share * (b - a);
}
