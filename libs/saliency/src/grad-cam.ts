import { checkShape, tf, type Scalar, type Tensor2D, type Tensor4D } from '@fovea/tensorflow';
import { camOf, gradientOf, type GradCam } from './cam-of.ts';
import { withDefaults } from './options.ts';

/** Switches of Grad-CAM. */
export interface GradCamOptions {
  /** Drop what speaks against the score. CAST's published code does not: its min-max runs before the ReLU. */
  relu: boolean;
}

/**
 * Grad-CAM: channels weighted by how much the score depends on them.
 *
 * a_c = spatial mean of d score / d A_c;  raw = sum_c a_c A_c;  map = (relu raw - min) / (max - min + 1e-7) per image.
 *
 * The map stays differentiable, through the inner gradient too, with respect to whatever features and score depend on.
 *
 * @param features_NHWC - any tap of a backbone // [N, h, w, C]
 * @param score - the score as a function of that tap, summed over images; or its gradient at the tap // or [N, h, w, C]
 * @throws Error for other shapes
 * @see Selvaraju et al. 2017; scaling as in salesforce/CAST
 *
 * @example
 * const { map } = gradCam(backbone.featureMap(x), (A) => tf.matMul(A.mean([1, 2]), classifier).mul(oneHot).sum());
 */
export function gradCam(
  features_NHWC: Tensor4D,
  score: ((features_NHWC: Tensor4D) => Scalar) | Tensor4D,
  options?: Partial<GradCamOptions>,
): GradCam {
  checkShape(features_NHWC, ['N', 'h', 'w', 'C'], 'gradCam: features_NHWC');
  const { relu } = withDefaults(options, { relu: true }, 'gradCam');
  return tf.tidy(() => {
    const gradient = gradientOf(features_NHWC, score);
    return camOf(features_NHWC, gradient.mean([1, 2]) as Tensor2D, relu);
  });
}
