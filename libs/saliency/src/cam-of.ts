import type { Tensor2D, Tensor3D, Tensor4D } from '@fovea/tensorflow';
import { normaliseMaps } from './normalise-maps.ts';

/** A map and what it is made of. */
export type GradCam = {
  readonly map: Tensor3D; // [N, h, w], in [0, 1]
  readonly raw: Tensor3D; // [N, h, w], before ReLU and scaling
  readonly weights: Tensor2D; // [N, C]
};

/** The weighted channel sum as a scaled map. */
export function camOf(features_NHWC: Tensor4D, weights_NC: Tensor2D, relu: boolean): GradCam {
  const [N, , , C] = features_NHWC.shape;
  const raw = features_NHWC.mul(weights_NC.reshape([N, 1, 1, C])).sum(3) as Tensor3D;
  return { map: normaliseMaps(relu ? raw.relu() : raw), raw, weights: weights_NC };
}
