import { checkShape, tf, type Tensor3D, type Tensor4D } from '@fovea/tensorflow';
import { classAttention } from './class-attention.ts';
import { checkRange } from './options.ts';

/**
 * Attention rollout: attention followed through the layers, A_l <- rows normalised to 1 of (mean over heads + identity) / 2, multiplied up;
 * the class token's row over the patches.
 *
 * @param layers - attention of each block, first block first // [N, heads, T, T] each
 * @param grid - rows and columns of patches
 * @param discard - share of the smallest entries of a layer's head mean that is set to zero first, as the method's common form does
 * @returns // [N, h, w]
 * @throws Error for no layers, unequal shapes, or tokens that do not fit the grid
 * @see Abnar and Zuidema 2020
 */
export function attentionRollout(
  layers: readonly Tensor4D[],
  grid: readonly [number, number],
  discard = 0,
): Tensor3D {
  if (layers.length === 0)
    throw new Error('attentionRollout: layers must hold at least one layer, got none.');
  checkRange(discard, 0, 1, 'attentionRollout: discard');
  const { N, T } = checkShape(layers[0], ['N', 'H', 'T', 'T'], 'attentionRollout: layers[0]');
  return tf.tidy(() => {
    let joint: Tensor3D | undefined;
    layers.forEach((layer, index) => {
      checkShape(layer, [N, 'H', T, T], `attentionRollout: layers[${index}]`);
      const mean = dropSmallest(layer.mean(1) as Tensor3D, discard).add(tf.eye(T)) as Tensor3D;
      const step = mean.div(mean.sum(2, true)) as Tensor3D;
      joint = joint ? (tf.matMul(step, joint) as Tensor3D) : step;
    });
    const rolled = (joint as Tensor3D).expandDims(1) as Tensor4D; // there is at least one layer
    return classAttention(rolled, grid).squeeze([1]) as Tensor3D;
  });
}

function dropSmallest(attention_NTT: Tensor3D, discard: number): Tensor3D {
  const [N, T] = attention_NTT.shape;
  const keep = Math.max(1, Math.ceil((1 - discard) * T * T));
  if (keep === T * T) return attention_NTT;
  const flat = attention_NTT.reshape([N, T * T]);
  const least = tf.topk(flat, keep).values.slice([0, keep - 1], [N, 1]);
  return flat.mul(flat.greaterEqual(least).toFloat()).reshape([N, T, T]);
}
