import { checkShape, tf, type Scalar, type Tensor2D, type Tensor3D, type Tensor4D } from '@fovea/tensorflow';
import { bilinearUpsample } from './bilinear-upsample.ts';
import { camOf } from './cam-of.ts';
import { gradCam } from './grad-cam.ts';
import { gradCamAtTap } from './grad-cam-at-tap.ts';
import { withDefaults } from './options.ts';
import type { TapNetwork } from './tap-network.ts';

/** The two halves of a network that a map is taken of. */
export interface TappedNetwork {
  /** Images to the tap. // [N, H, W, 3] -> [N, h, w, C] */
  readonly featureMap: (images_NHWC: Tensor4D) => Tensor4D;
  /** The tap to the embedding. // [N, h, w, C] -> [N, D] */
  readonly embed: (features_NHWC: Tensor4D) => Tensor2D;
}

/** How often objects are looked for. */
export interface ContrastiveCamOptions {
  /** Rounds; after each, what was found is painted over and joins the negatives. */
  iterations: number;
}

/**
 * Contrastive CAM: what makes an image differ from the others of its batch.
 *
 * score_i = q_i . k_i - log sum over negatives of exp(q_i . k_j), unit vectors, no temperature; channel weights clamped at 0, ReLU,
 * min-max. Negatives are the other images and, from the second round, the painted-over images of all earlier rounds. The result is the
 * maximum over rounds; painting mixes in the batch's mean colour by the map found so far.
 *
 * Deliberate difference: maps are enlarged bilinearly, the published code does it bicubically.
 *
 * @returns maps at image size // [N, H, W]
 * @throws Error for fewer than two images (there would be no negative) and no rounds
 * @see alinlab/object-aware-contrastive (ContraCAM)
 */
export function contrastiveCam(
  images_NHWC: Tensor4D,
  network: TappedNetwork | TapNetwork,
  options?: Partial<ContrastiveCamOptions>,
): Tensor3D {
  const { N, H, W } = checkShape(images_NHWC, ['N', 'H', 'W', 'C'], 'contrastiveCam: images_NHWC');
  const { iterations } = withDefaults(options, { iterations: 1 }, 'contrastiveCam');
  if (N < 2) throw new Error(`contrastiveCam: needs at least two images to compare, got ${N}.`);
  if (!(Number.isInteger(iterations) && iterations > 0)) {
    throw new Error(`contrastiveCam: iterations must be a positive whole number, got ${iterations}.`);
  }
  return tf.tidy(() => {
    const embedded = (images: Tensor4D): Tensor2D =>
      unit('run' in network ? network.run(images).embedding : network.embed(network.featureMap(images)));
    const keys = embedded(images_NHWC);
    const colour = images_NHWC.mean([0, 1, 2], true);
    const others = tf.scalar(1).sub(tf.eye(N)) as Tensor2D;
    let found = tf.zeros([N, H, W]) as Tensor3D;
    let masked: Tensor2D | undefined;
    for (let round = 0; round < iterations; round++) {
      const paint = found.reshape([N, H, W, 1]);
      const painted = images_NHWC.mul(tf.scalar(1).sub(paint)).add(colour.mul(paint)) as Tensor4D;
      const earlier = masked;
      const score = (z: Tensor2D): Scalar => {
        const queries = unit(z);
        const similarity = tf.matMul(queries, keys, false, true).exp();
        const positive = queries.mul(keys).sum(1);
        const rivals = similarity.mul(others).sum(1);
        const more = earlier ? tf.matMul(queries, earlier, false, true).exp().sum(1) : tf.zerosLike(rivals);
        return positive.sub(rivals.add(more).log()).sum() as Scalar;
      };
      const { features, weights } = weightsOf(network, painted, score);
      const { map } = camOf(features, weights.relu() as Tensor2D, true);
      const heat = bilinearUpsample(map.reshape<Tensor4D>([...map.shape, 1]), [H, W]).squeeze([
        3,
      ]) as Tensor3D;
      found = tf.maximum(found, heat) as Tensor3D;
      if (round > 0) {
        const latest = embedded(painted);
        masked = masked ? (tf.concat([masked, latest]) as Tensor2D) : latest;
      }
    }
    return found;
  });
}

/** The tap of some images and Grad-CAM's channel weights for a score of their embedding. */
function weightsOf(
  network: TappedNetwork | TapNetwork,
  images: Tensor4D,
  score: (z_ND: Tensor2D) => Scalar,
): { features: Tensor4D; weights: Tensor2D } {
  if ('run' in network) {
    const features = network.grid(network.run(images).tap, images);
    return { features, weights: gradCamAtTap(network, images, score).weights };
  }
  const features = network.featureMap(images);
  return { features, weights: gradCam(features, (A) => score(network.embed(A))).weights };
}

function unit(z_ND: Tensor2D): Tensor2D {
  return z_ND.div(z_ND.norm(2, 1, true).maximum(1e-12)) as Tensor2D;
}
