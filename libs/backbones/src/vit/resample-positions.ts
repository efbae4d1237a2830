import { tf, type Tensor2D } from '@fovea/tensorflow';

const CUBIC = -0.5;
const REACH = 2; // of the cubic kernel, in source cells

/**
 * Learnt positions of a square grid for a grid of another size: [1 + side^2, dim] to [1 + height width, dim]; the class token's stays.
 *
 * Bicubic with a = -0.5, half-pixel centres, the kernel widened where the grid shrinks, weights renormalised at the border; linear in the
 * positions, so their gradient passes. A grid of the same size is returned as it is.
 *
 * @throws Error when the positions are no square grid
 *
 * Source: timm's `resample_abs_pos_embed` (bicubic, antialias), against which it is tested live.
 */
export function resamplePositions(positions_TD: Tensor2D, height: number, width: number): Tensor2D {
  const [tokens, dim] = positions_TD.shape;
  const side = Math.sqrt(tokens - 1);
  if (!Number.isInteger(side)) {
    throw new Error(
      `resamplePositions: positions must be those of a square grid and a class token, got ${tokens}.`,
    );
  }
  if (height === side && width === side) return positions_TD;
  const classToken = tf.slice(positions_TD, [0, 0], [1, dim]);
  const grid = tf.slice(positions_TD, [1, 0]);
  const rows = tf.matMul(weights(side, height), tf.reshape(grid, [side, side * dim])); // [height, side * dim]
  const columns = tf.transpose(tf.reshape(rows, [height, side, dim]), [1, 0, 2]);
  const resampled = tf.matMul(weights(side, width), tf.reshape(columns, [side, height * dim]));
  const back = tf.transpose(tf.reshape(resampled, [width, height, dim]), [1, 0, 2]);
  return tf.concat([classToken, tf.reshape(back, [height * width, dim]) as Tensor2D]);
}

/** Weights of the source cells in each target cell, [to, from]. */
function weights(from: number, to: number): Tensor2D {
  const scale = Math.max(1, from / to);
  const rows = Array.from({ length: to }, (_, target) => {
    const centre = ((target + 0.5) * from) / to;
    const low = Math.max(0, Math.floor(centre - REACH * scale + 0.5));
    const high = Math.min(from, Math.floor(centre + REACH * scale + 0.5));
    const row = Array.from({ length: from }, (_unused, source) =>
      source < low || source >= high ? 0 : cubic((source - centre + 0.5) / scale),
    );
    const total = row.reduce((sum, weight) => sum + weight, 0);
    return row.map((weight) => weight / total);
  });
  return tf.tensor2d(rows);
}

function cubic(distance: number): number {
  const x = Math.abs(distance);
  if (x < 1) return ((CUBIC + 2) * x - (CUBIC + 3)) * x * x + 1;
  return x < 2 ? (((x - 5) * x + 8) * x - 4) * CUBIC : 0;
}
