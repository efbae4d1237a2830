import { tf, type Scalar, type Tensor2D, type Tensor4D } from '@fovea/tensorflow';
import type { GradCam } from './cam-of.ts';
import { gradCam } from './grad-cam.ts';
import { gradCamPlusPlus } from './grad-cam-plus-plus.ts';
import { withDefaults } from './options.ts';
import { gradientAtTap, type TapNetwork } from './tap-network.ts';

/** Switches of {@link gradCamAtTap}. */
export interface GradCamAtTapOptions {
  /** Drop what speaks against the score. */
  relu: boolean;
  /** Grad-CAM++'s weights. */
  plusPlus: boolean;
}

/**
 * Grad-CAM or Grad-CAM++ at any tap of a network, for a score of its embedding.
 *
 * As `gradCam`; the network itself leads from the tap to the embedding. The map stays differentiable and compiles.
 *
 * @param images_NHWC - // [N, H, W, 3]
 * @param score - of the embedding, summed over images // [N, D] -> scalar
 * @throws Error where the score does not depend on the tap
 * @see Selvaraju et al. 2017, Chattopadhay et al. 2018
 */
export function gradCamAtTap(
  network: TapNetwork,
  images_NHWC: Tensor4D,
  score: (embedding_ND: Tensor2D) => Scalar,
  options?: Partial<GradCamAtTapOptions>,
): GradCam {
  const { relu, plusPlus } = withDefaults(options, { relu: true, plusPlus: false }, 'gradCamAtTap');
  return tf.tidy(() => {
    const features = network.grid(network.run(images_NHWC).tap, images_NHWC);
    const gradient = gradientAtTap(() => {
      const { tap, embedding } = network.run(images_NHWC);
      return { tap, score: score(embedding) };
    });
    const form = plusPlus ? gradCamPlusPlus : gradCam;
    return form(features, network.grid(gradient, images_NHWC), { relu });
  });
}
