import { tf, type Scalar, type Tensor2D } from '@fovea/tensorflow';
import { byol } from './byol.ts';
import { checkRange, resolveOptions, type Real } from './helpers/options.ts';

/** Predictions and target projections of a pair of views; each pair of ORL has a predictor of its own. */
export interface OrlPair {
  readonly p1: Tensor2D;
  readonly p2: Tensor2D;
  readonly z1: Tensor2D;
  readonly z2: Tensor2D;
}

export interface OrlOptions {
  /** Weight of the image-level pair. Default 1. */
  readonly globalWeight?: Real;
  /** Weight of the pair of one region and its jittered copy. Default 1. */
  readonly intraWeight?: Real;
  /** Weight of the pair of corresponding regions of two images. Default 1. */
  readonly interWeight?: Real;
}

const defaults: Required<OrlOptions> = { globalWeight: 1, intraWeight: 1, interWeight: 1 };

/** The total and its unweighted terms. */
export interface OrlTerms {
  readonly loss: Scalar;
  readonly global: Scalar;
  readonly intra: Scalar;
  readonly inter: Scalar;
}

/**
 * ORL, third stage: BYOL between two views of the image, two crops of one region, and regions of two images that correspond.
 *
 *     L = w_g byol(image) + w_a byol(region, its jittered copy) + w_r byol(region, its match in a neighbouring image)
 *
 * All embeddings equal (collapse): 0.
 *
 * @param image - the two global views
 * @param intra - a proposal and its jittered copy
 * @param inter - two corresponding regions of different images
 * @returns the total and its terms
 * @throws Error as `byol`, and for negative weights
 *
 * Source: Xie et al. 2021 (ORL), section 3.3, and the authors' configurations (weights 1).
 *
 * @example
 * const pair = { p1: tf.ones([4, 2]), p2: tf.ones([4, 2]), z1: tf.ones([4, 2]), z2: tf.ones([4, 2]) };
 * orl(pair, pair, pair).loss; // 0
 */
export function orl(image: OrlPair, intra: OrlPair, inter: OrlPair, options: OrlOptions = {}): OrlTerms {
  const o = resolveOptions('orl', options, defaults);
  for (const [name, weight] of Object.entries(o))
    checkRange('orl', name, weight as Real, 0, Number.MAX_VALUE);
  return tf.tidy(() => {
    const [global, intraTerm, interTerm] = [image, intra, inter].map(({ p1, p2, z1, z2 }) =>
      byol(p1, p2, z1, z2),
    );
    const loss = tf.addN([
      tf.mul(global, o.globalWeight),
      tf.mul(intraTerm, o.intraWeight),
      tf.mul(interTerm, o.interWeight),
    ]) as Scalar;
    return { loss, global, intra: intraTerm, inter: interTerm };
  });
}
