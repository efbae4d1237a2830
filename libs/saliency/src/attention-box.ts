import { tf, type Tensor3D, type Tensor4D } from '@fovea/tensorflow';
import { bilinearUpsample } from './bilinear-upsample.ts';
import type { HeatBoxes } from './channel-sum-cam-box.ts';
import { classAttention } from './class-attention.ts';
import { extentBoxes } from './extent-boxes.ts';
import { normaliseMaps } from './normalise-maps.ts';
import { checkRange, withDefaults } from './options.ts';

/**
 * BAM's boxes: class-token attention of the last block summed over heads, (m - min) / (max - min + 1e-5), enlarged to the image, box of the
 * rows and columns whose maximum exceeds the threshold.
 *
 * @param attention_NHTT - softmax attention of the last block // [N, heads, 1 + h w, 1 + h w]
 * @param grid - rows and columns of patches
 * @param patchSize - pixels a side of a patch
 * @throws Error where the tokens do not fit the grid
 * @see DanielShalam/BAM (update_box); threshold 0.1
 */
export function attentionBox(
  attention_NHTT: Tensor4D,
  grid: readonly [number, number],
  patchSize: number,
  options?: Partial<{ threshold: number }>,
): HeatBoxes {
  const { threshold } = withDefaults(options, { threshold: 0.1 }, 'attentionBox');
  checkRange(threshold, 0, 1, 'attentionBox: threshold');
  return tf.tidy(() => {
    const sum = classAttention(attention_NHTT, grid).sum(1) as Tensor3D;
    const map = normaliseMaps(sum, 1e-5).expandDims(3) as Tensor4D;
    const heat = bilinearUpsample(map, [grid[0] * patchSize, grid[1] * patchSize]).squeeze([3]) as Tensor3D;
    return { heat, boxes: extentBoxes(heat, threshold) };
  });
}
