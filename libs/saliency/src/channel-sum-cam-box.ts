import { tf, type Tensor2D, type Tensor3D, type Tensor4D } from '@fovea/tensorflow';
import { bilinearUpsample } from './bilinear-upsample.ts';
import { channelSumCam } from './channel-sum-cam.ts';
import { extentBoxes } from './extent-boxes.ts';
import { checkRange, withDefaults } from './options.ts';

/** Heat maps at image size and the boxes around what is hot. */
export interface HeatBoxes {
  readonly heat: Tensor3D; // [N, H, W], in [0, 1]
  readonly boxes: Tensor2D; // [N, 4]: first row, first column, last row, last column, as shares of the image
}

/**
 * ContrastiveCrop's boxes: channel-sum map, enlarged to the image, box of the rows and columns whose maximum exceeds the threshold.
 *
 * @param features_NHWC - last feature map // [N, h, w, C]
 * @param imageSize - height and width
 * @throws Error for other shapes
 * @see xyupeng/ContrastiveCrop (update_box); threshold 0.1
 */
export function channelSumCamBox(
  features_NHWC: Tensor4D,
  imageSize: readonly [number, number],
  options?: Partial<{ threshold: number }>,
): HeatBoxes {
  const { threshold } = withDefaults(options, { threshold: 0.1 }, 'channelSumCamBox');
  checkRange(threshold, 0, 1, 'channelSumCamBox: threshold');
  return tf.tidy(() => {
    const map = channelSumCam(features_NHWC);
    const heat = bilinearUpsample(map.reshape<Tensor4D>([...map.shape, 1]), imageSize).squeeze([
      3,
    ]) as Tensor3D;
    return { heat, boxes: extentBoxes(heat, threshold) };
  });
}
