import { tf, type Tensor3D, type Tensor4D } from '@fovea/tensorflow';
import { bilinearUpsample } from './bilinear-upsample.ts';
import { channelSumCam } from './channel-sum-cam.ts';
import { stopGradient } from './stop-gradient.ts';

/**
 * [RECON] SGCL's saliency map: channel sum of the target network's last feature map, scaled to [0, 1], at image size, constant to gradients.
 *
 * @param features_NHWC - last feature map of the momentum (target) encoder // [N, h, w, C]
 * @param imageSize - height and width
 * @returns // [N, H, W]
 * @throws Error for other shapes
 * @see Chen et al. 2023 (arXiv 2302.11461), abstract: the map comes from the model's own output
 */
export function sgclTargetMap(features_NHWC: Tensor4D, imageSize: readonly [number, number]): Tensor3D {
  return tf.tidy(() => {
    const map = channelSumCam(stopGradient(features_NHWC));
    return bilinearUpsample(map.reshape<Tensor4D>([...map.shape, 1]), imageSize).squeeze([3]) as Tensor3D;
  });
}
