import type { Backbone } from '@fovea/backbones';
import { checkShape, tf, type Scalar, type Tensor, type Tensor2D, type Tensor4D } from '@fovea/tensorflow';

/** A network seen at one of its inner maps. */
export interface TapNetwork {
  /** One forward pass: the tap as the network has it, and the embedding. // tap [N, h, w, C] or [N, 1 + h w, C]; embedding [N, D] */
  run(images_NHWC: Tensor4D): { readonly tap: Tensor; readonly embedding: Tensor2D };
  /** A tap, or a gradient of its shape, as a map: tokens lose the class token and lie on their grid. // [N, h, w, C] */
  grid(tap: Tensor, images_NHWC: Tensor4D): Tensor4D;
}

/**
 * A backbone at any of its taps, normalised by running statistics: what the maps of a model are taken of.
 *
 * ResNets: `stem`, `layer1.0` …, `stage1` … `stage4`. Vision transformers: `embedding`, `block0` …; their maps are the patch tokens on the
 * grid. In a transformer's last block the class token alone decides the embedding, so that gradients vanish on its patches: take an
 * earlier one.
 *
 * @throws Error for a tap that the backbone lacks
 *
 * @example
 * const network = tapNetwork(resNet({ depth: 18, width: 16, stem: 'cifar' }, key(0)), 'stage3');
 * const { map } = gradCamAtTap(network, images, (z) => tf.matMul(z, classifier).mul(oneHot).sum());
 */
export function tapNetwork(backbone: Backbone, tap: string): TapNetwork {
  if (!backbone.taps.includes(tap)) {
    throw new Error(`tapNetwork: ${backbone.name} has no tap ${tap}; there are ${backbone.taps.join(', ')}.`);
  }
  const last = backbone.taps.includes('pooled') ? 'pooled' : 'class';
  return {
    run: (images) => {
      const { [tap]: inner, [last]: embedding } = backbone.forwardTaps(images, 'eval', [tap, last]);
      return { tap: inner, embedding: embedding as Tensor2D };
    },
    grid: (inner, images) => {
      if (inner.rank === 4) return inner as Tensor4D;
      const { N, T, C } = checkShape(inner, ['N', 'T', 'C'], `tapNetwork: ${tap}`);
      const [, H, W] = images.shape;
      const patch = Math.sqrt((H * W) / (T - 1));
      return tf.reshape(tf.slice(inner, [0, 1, 0]), [N, Math.round(H / patch), Math.round(W / patch), C]);
    },
  };
}

/**
 * The gradient of a score with respect to a tensor that the computation makes on its way.
 *
 * tfjs differentiates with respect to a function's arguments; this one names the tensor while it runs. The result stays differentiable.
 *
 * @param run - computes the score, and gives the tensor itself: a clone lies beside the path and has no gradient
 * @throws Error where the score does not depend on the tensor
 */
export function gradientAtTap(run: () => { readonly tap: Tensor; readonly score: Scalar }): Tensor {
  const at: Tensor[] = [tf.scalar(0)]; // replaced while the score is computed, before the tape is searched
  const { grads } = tf.engine().gradients(
    () => {
      const { tap, score } = run();
      at[0] = tap;
      return score;
    },
    at,
    undefined,
    true,
  );
  if (!grads[0]) throw new Error('gradientAtTap: the score does not depend on the tap; take an earlier one.');
  return grads[0];
}
