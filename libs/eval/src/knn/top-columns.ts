import { tf, type Tensor, type Tensor2D, type Tensor3D } from '@fovea/tensorflow';
import { readBack } from '../protocol/read-back.ts';

const GROUP = 32; // columns that one maximum stands for, about

/** The largest entries of each row, falling, with their columns: [B, count] each. */
export interface TopColumns {
  readonly values: Float32Array;
  readonly columns: Int32Array;
}

/**
 * The `count` largest entries of every row of a wide matrix.
 *
 * In the groups with the `count` largest maxima there are `count` entries that no entry elsewhere exceeds, so that a search through the maxima and then
 * through those groups alone gives the same values three times as fast as `topk` over the row. Which of equal entries are taken is open.
 *
 * @param make - gives the matrix [B, N]; runs in a tidy
 */
export function topColumns(make: () => Tensor2D, count: number): TopColumns {
  let [grouped, size] = [0, GROUP]; // columns in groups, and in one of them
  const [values, places, groups] = readBack<Float32Array | Int32Array>(() => {
    const scores_BN = make();
    const [B, N] = scores_BN.shape;
    const S = groupSize(N);
    const G = Math.floor(N / S);
    if (G < 4 * count) {
      const { values: top, indices } = tf.topk(scores_BN, count);
      return [top, indices];
    }
    size = S;
    grouped = G * S;
    const whole_BM = grouped === N ? scores_BN : tf.slice(scores_BN, [0, 0], [B, grouped]);
    const scores_BGS = whole_BM.reshape<Tensor3D>([B, G, S]);
    const { indices: best } = tf.topk(scores_BGS.max<Tensor2D>(2), count);
    const inside = tf.gather(scores_BGS, best as Tensor, 1, 1).reshape<Tensor2D>([B, count * S]);
    const rest = grouped === N ? [] : [tf.slice(scores_BN, [0, grouped], [B, N - grouped])];
    const { values: top, indices } = tf.topk(tf.concat([inside, ...rest], 1), count);
    return [top, indices, best];
  }) as [Float32Array, Int32Array, Int32Array | undefined];
  if (groups === undefined) return { values, columns: places };
  const columns = places.map((place, at) => {
    const row = Math.floor(at / count);
    const group = Math.floor(place / size);
    return group < count
      ? groups[row * count + group] * size + (place % size)
      : grouped + place - count * size;
  });
  return { values, columns };
}

/** A size near {@link GROUP} that divides the columns, so that no copy without the last few is needed; else that size itself. */
function groupSize(columns: number): number {
  const sizes = Array.from(
    { length: 25 },
    (_, step) => GROUP + (step % 2 === 0 ? step / 2 : -(step + 1) / 2),
  );
  return sizes.find((size) => columns % size === 0) ?? GROUP;
}
