export interface InsertionDeletionOptions {
  /** Number of equal steps from nothing to everything. */
  readonly steps: number;
  /**
   * Class score of the image where `keep` [H*W] is 1 and of the replacement (blur for insertion, grey for deletion) where it is 0.
   */
  readonly score: (keep: Uint8Array, game: 'insertion' | 'deletion') => Promise<number>;
}

/**
 * Insertion and deletion games (Petsiuk et al. 2018): area under the class score as pixels appear, or vanish, by falling saliency.
 *
 * @param map - [H*W], finite; equal values go by rising pixel index
 * @returns areas by the trapezium rule over the share of pixels: insertion is better when large, deletion when small
 * @throws Error for NaN, a constant map, steps outside [1, pixels]
 */
export async function insertionDeletion(
  map: Float32Array,
  { steps, score }: InsertionDeletionOptions,
): Promise<{ readonly insertion: number; readonly deletion: number }> {
  if (!Number.isInteger(steps) || steps < 1 || steps > map.length) {
    throw new Error(`insertionDeletion: steps must be an integer in [1, ${map.length}], got ${steps}.`);
  }
  const bad = map.findIndex((value) => !Number.isFinite(value));
  if (bad >= 0) throw new Error(`insertionDeletion: pixel ${bad} is ${map[bad]}.`);
  if (map.every((value) => value === map[0])) {
    throw new Error(`insertionDeletion: the map is ${map[0]} everywhere and orders nothing.`);
  }
  const order = Array.from(map.keys()).sort((i, j) => map[j] - map[i] || i - j);
  const area = async (game: 'insertion' | 'deletion'): Promise<number> => {
    const keep = new Uint8Array(map.length).fill(game === 'insertion' ? 0 : 1);
    const values = [await score(keep.slice(), game)];
    for (let step = 1; step <= steps; step++) {
      const [from, to] = [step - 1, step].map((at) => Math.round((at * map.length) / steps));
      for (const at of order.slice(from, to)) keep[at] ^= 1;
      values.push(await score(keep.slice(), game));
    }
    const inner = values.slice(1, -1).reduce((sum, value) => sum + value, 0);
    return (inner + (values[0] + values[steps]) / 2) / steps;
  };
  return { insertion: await area('insertion'), deletion: await area('deletion') };
}
