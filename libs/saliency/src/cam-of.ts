import { checkShape, tf, type Scalar, type Tensor2D, type Tensor3D, type Tensor4D } from '@fovea/tensorflow';
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

/** The gradient of a score with respect to a tap, computed or given. // [N, h, w, C] */
export function gradientOf(
  features_NHWC: Tensor4D,
  score: ((features_NHWC: Tensor4D) => Scalar) | Tensor4D,
): Tensor4D {
  if (typeof score === 'function') return tf.grad((A) => score(A as Tensor4D))(features_NHWC) as Tensor4D;
  checkShape(score, features_NHWC.shape, 'gradCam: gradient');
  return score;
}
