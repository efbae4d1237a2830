import { checkShape, tf, type Tensor3D, type Tensor4D } from '@fovea/tensorflow';
import { normaliseMaps } from './normalise-maps.ts';

/**
 * Channel-sum map: the sum over the channels of a feature map, scaled to [0, 1] per image. No labels and no gradient needed.
 *
 * @param features_NHWC - any tap of a backbone // [N, h, w, C]
 * @returns // [N, h, w]
 * @throws Error for other shapes
 * @see xyupeng/ContrastiveCrop
 */
export function channelSumCam(features_NHWC: Tensor4D): Tensor3D {
  checkShape(features_NHWC, ['N', 'h', 'w', 'C'], 'channelSumCam: features_NHWC');
  return tf.tidy(() => normaliseMaps(features_NHWC.sum(3) as Tensor3D, 0));
}
