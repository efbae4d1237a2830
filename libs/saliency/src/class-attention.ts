import { checkShape, tf, type Tensor4D } from '@fovea/tensorflow';

/**
 * Where the class token of a vision transformer looks: its attention row over the patches, of every head.
 *
 * @param attention_NHTT - softmax attention, token 0 the class token // [N, heads, 1 + h w, 1 + h w]
 * @param grid - rows and columns of patches
 * @returns // [N, heads, h, w]
 * @throws Error where the tokens are not one more than the patches
 */
export function classAttention(attention_NHTT: Tensor4D, grid: readonly [number, number]): Tensor4D {
  const { N, H, T } = checkShape(attention_NHTT, ['N', 'H', 'T', 'T'], 'classAttention: attention_NHTT');
  if (T !== 1 + grid[0] * grid[1]) {
    throw new Error(
      `classAttention: ${T} tokens are not a class token and ${grid[0]} x ${grid[1]} patches; give the patch grid as [rows, columns].`,
    );
  }
  return tf.tidy(() =>
    attention_NHTT.slice([0, 0, 0, 1], [N, H, 1, T - 1]).reshape<Tensor4D>([N, H, grid[0], grid[1]]),
  );
}
