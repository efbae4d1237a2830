import { keyedUniform, tf, type Tensor, type Tensor2D } from '@fovea/tensorflow';

/** How much of an image is masked. */
export interface MaskShares {
  /** Probability that nothing is masked. */
  readonly none: number;
  /** Else the share of patches is uniform in [low, high]. */
  readonly low: number;
  readonly high: number;
}

/** Rectangles that are tried for one image, in all: of 1 to 2 % of images a last, small one would come later. */
const ATTEMPTS = 32;
/** An image is done after so many rectangles in a row that do not fit. */
const PATIENCE = 10;
const SHAPES = [0.3, 1 / 0.3] as const;

/**
 * Block-wise masks over a grid of patches, 1 where masked, [N, rows x columns]: rectangles are laid one over another until a share of the patches is
 * masked that each image draws for itself.
 *
 *     area ~ U(floor(min(rows, columns) / 3)^2, what is left of the share),   height / width ~ log-uniform in [0.3, 1 / 0.3]
 *
 * A rectangle counts when it is smaller than the grid each way, masks something new, and no more than is left; so masks stay a little below their share.
 * It is drawn inside of a compiled step: a function of the step's key.
 *
 * @throws RangeError for shares outside of [0, 1]
 *
 * Source: bytedance/ibot (`ImageFolderMask`, the default), after BEiT (Bao et al. 2022). Difference: at most 32 rectangles are tried.
 */
export function blockMasks(
  stepKey: Tensor,
  images: number,
  [rows, columns]: readonly [number, number],
  shares: MaskShares,
): Tensor2D {
  checkShares('blockMasks', shares);
  return tf.tidy(() => {
    const draws = keyedUniform(stepKey, [images, 2 + 4 * ATTEMPTS]) as Tensor2D;
    const columnsOfDraws = tf.split(draws, 2 + 4 * ATTEMPTS, 1);
    const wanted_N1 = tf.mul(shareOf(columnsOfDraws[0], columnsOfDraws[1], shares), rows * columns);
    const least = Math.floor(Math.min(rows, columns) / 3) ** 2;
    const y_1P = tf.tensor2d(
      Array.from({ length: rows * columns }, (_, at) => Math.floor(at / columns)),
      [1, rows * columns],
    );
    const x_1P = tf.tensor2d(
      Array.from({ length: rows * columns }, (_, at) => at % columns),
      [1, rows * columns],
    );
    let mask_NP: Tensor = tf.zeros([images, rows * columns]);
    let misses_N1: Tensor = tf.zeros([images, 1]);
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const [u_area, u_shape, u_top, u_left] = columnsOfDraws.slice(2 + 4 * attempt, 6 + 4 * attempt);
      const left_N1 = tf.sub(wanted_N1, tf.sum(mask_NP, 1, true));
      const area_N1 = tf.relu(tf.add(tf.mul(u_area, tf.sub(left_N1, least)), least));
      const shape_N1 = tf.exp(tf.mul(tf.sub(tf.mul(u_shape, 2), 1), Math.log(SHAPES[1])));
      const height_N1 = tf.round(tf.sqrt(tf.mul(area_N1, shape_N1)));
      const width_N1 = tf.round(tf.sqrt(tf.div(area_N1, shape_N1)));
      const within = (place_1P: Tensor, size_N1: Tensor, u: Tensor, length: number): Tensor => {
        const start_N1 = tf.floor(tf.mul(u, tf.add(tf.sub(length, size_N1), 1)));
        return tf.logicalAnd(
          tf.greaterEqual(place_1P, start_N1),
          tf.less(place_1P, tf.add(start_N1, size_N1)),
        );
      };
      const inside_NP = tf.logicalAnd(
        within(y_1P, height_N1, u_top, rows),
        within(x_1P, width_N1, u_left, columns),
      );
      const fresh_NP = tf.mul(tf.cast(inside_NP, 'float32'), tf.sub(1, mask_NP));
      const fresh_N1 = tf.sum(fresh_NP, 1, true);
      const counts_N1 = [
        tf.less(height_N1, rows),
        tf.less(width_N1, columns),
        tf.greater(fresh_N1, 0),
        tf.lessEqual(fresh_N1, left_N1),
        tf.less(misses_N1, PATIENCE),
      ]
        .map((condition): Tensor => tf.cast(condition, 'float32'))
        .reduce((all, one) => tf.mul(all, one));
      mask_NP = tf.add(mask_NP, tf.mul(fresh_NP, counts_N1));
      misses_N1 = tf.mul(tf.add(misses_N1, 1), tf.sub(1, counts_N1));
    }
    return mask_NP as Tensor2D;
  });
}

/**
 * Masks of single patches, exactly `floor(share x P)` of each image, [N, P]; iBOT's other form.
 *
 * @throws RangeError for shares outside of [0, 1]
 */
export function randomMasks(stepKey: Tensor, images: number, patches: number, shares: MaskShares): Tensor2D {
  checkShares('randomMasks', shares);
  return tf.tidy(() => {
    const draws = keyedUniform(stepKey, [images, patches + 2]) as Tensor2D;
    const [u_none, u_share, patch_NP] = tf.split(draws, [1, 1, patches], 1);
    const count_N = tf.reshape(tf.floor(tf.mul(shareOf(u_none, u_share, shares), patches)), [images]);
    // The draws in ascending order, and one above all of them: the first that stays is at place `count`.
    const ascending_NP = tf.neg(tf.topk(tf.neg(patch_NP), patches).values);
    const bounds_NQ = tf.concat([ascending_NP, tf.fill([images, 1], 2)], 1);
    const chosen_NQ = tf.cast(tf.oneHot(tf.cast(count_N, 'int32'), patches + 1), 'float32');
    const bound_N1 = tf.sum(tf.mul(bounds_NQ, chosen_NQ), 1, true);
    return tf.cast(tf.less(patch_NP, bound_N1), 'float32') as Tensor2D;
  });
}

/** 0 with probability `none`, else uniform in [low, high]. */
function shareOf(u_none: Tensor, u_share: Tensor, { none, low, high }: MaskShares): Tensor {
  const isMasked = tf.cast(tf.greaterEqual(u_none, none), 'float32');
  return tf.mul(isMasked, tf.add(tf.mul(u_share, high - low), low));
}

function checkShares(where: string, { none, low, high }: MaskShares): void {
  for (const [name, value] of Object.entries({ none, low, high })) {
    if (!(value >= 0 && value <= 1))
      throw new RangeError(`${where}: ${name} must lie in [0, 1], got ${value}.`);
  }
  if (low > high) throw new RangeError(`${where}: low must not exceed high, got ${low} and ${high}.`);
}
