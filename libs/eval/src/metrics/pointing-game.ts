import { checkMatrix } from '../splits/feature-splits.ts';

/** A batch of maps with their masks, row-major. */
export interface MapsAndMasks {
  /** [B, H, W] */
  readonly maps: Float32Array;
  /** [B, H, W], 0 or 1 */
  readonly masks: ArrayLike<number>;
  readonly height: number;
  readonly width: number;
}

/**
 * Pointing game: does the maximum of each map lie on its mask, or within `tolerance` pixels of it?
 *
 * The maximum is the first in row-major order; distances are Euclidean between pixel centres, and a pixel at exactly `tolerance` counts.
 *
 * @returns [B] hits (0 or 1) and their mean
 * @throws Error for NaN (with its map), a map that is constant (it points nowhere), lengths that do not fit
 */
export function pointingGame(
  { maps, masks, height, width }: MapsAndMasks,
  { tolerance }: { readonly tolerance: number },
): { readonly hits: Int32Array; readonly accuracy: number } {
  const size = height * width;
  const B = checkMaps({ maps, masks, height, width }, 'pointingGame');
  if (!(tolerance >= 0)) throw new Error(`pointingGame: tolerance must be >= 0 pixels, got ${tolerance}.`);
  const hits = Int32Array.from({ length: B }, (_, image) => {
    const map = maps.subarray(image * size, (image + 1) * size);
    const peak = map.reduce((best, value, at) => (value > map[best] ? at : best), 0);
    if (size > 1 && map.every((value) => value === map[peak])) {
      throw new Error(
        `pointingGame: map ${image} is ${map[peak]} everywhere, so it points nowhere; leave it out.`,
      );
    }
    const [row, column] = [Math.floor(peak / width), peak % width];
    const reach = Math.floor(tolerance);
    for (let y = Math.max(0, row - reach); y <= Math.min(height - 1, row + reach); y++) {
      for (let x = Math.max(0, column - reach); x <= Math.min(width - 1, column + reach); x++) {
        const near = (y - row) ** 2 + (x - column) ** 2 <= tolerance ** 2;
        if (near && masks[image * size + y * width + x] === 1) return 1;
      }
    }
    return 0;
  });
  return { hits, accuracy: hits.reduce((sum, hit) => sum + hit, 0) / B };
}

/** Refuses maps and masks that are not both [B, height, width] of finite numbers; returns B. */
export function checkMaps({ maps, masks, height, width }: MapsAndMasks, where: string): number {
  const B = maps.length / (height * width);
  if (!Number.isInteger(B) || masks.length !== maps.length) {
    throw new Error(
      `${where}: maps have ${maps.length} and masks ${masks.length} pixels; both must be [B, ${height}, ${width}].`,
    );
  }
  checkMatrix(maps, B, `${where}: maps`);
  return B;
}
