import { checkShape, tf, type Scalar, type Tensor2D, type Tensor4D } from '@fovea/tensorflow';
import { camOf, gradientOf, type GradCam } from './cam-of.ts';
import type { GradCamOptions } from './grad-cam.ts';
import { withDefaults } from './options.ts';
import { constantOf } from './stop-gradient.ts';

/**
 * Grad-CAM++: as Grad-CAM, with weights a_c = sum over positions of alpha relu(g), alpha = g^2 / (2 g^2 + g^3 sum of A_c), so that several
 * objects count alike.
 *
 * The score is taken for the logarithm of the class score, which turns the second and third derivatives into powers of g.
 *
 * @param features_NHWC - any tap of a backbone // [N, h, w, C]
 * @param score - the score as a function of that tap, summed over images; or its gradient at the tap // or [N, h, w, C]
 * @throws Error for other shapes
 * @see Chattopadhay et al. 2018
 */
export function gradCamPlusPlus(
  features_NHWC: Tensor4D,
  score: ((features_NHWC: Tensor4D) => Scalar) | Tensor4D,
  options?: Partial<GradCamOptions>,
): GradCam {
  checkShape(features_NHWC, ['N', 'h', 'w', 'C'], 'gradCamPlusPlus: features_NHWC');
  const { relu } = withDefaults(options, { relu: true }, 'gradCamPlusPlus');
  return tf.tidy(() => {
    const g = gradientOf(features_NHWC, score);
    const square = g.square();
    const below = square.mul(2).add(square.mul(g).mul(features_NHWC.sum([1, 2], true)));
    const empty = constantOf(below, (value) => value.equal(0).toFloat());
    const alpha = square.div(below.add(empty));
    return camOf(features_NHWC, alpha.mul(g.relu()).sum([1, 2]) as Tensor2D, relu);
  });
}
