import { fold, Stream, type Key } from '@fovea/random';
import { tf, type Tensor2D } from '@fovea/tensorflow';
import { checkMatrix } from '../splits/feature-splits.ts';
import { readBack } from '../protocol/read-back.ts';

export interface KMeansOptions {
  readonly k: number;
  /** Independent starts; the one with the smallest sum of squares is kept. */
  readonly restarts: number;
  readonly maxIterations: number;
  readonly key: Key;
}

export interface KMeansResult {
  /** [N] cluster of each row; the lower one on a tie. */
  readonly clusters: Int32Array;
  /** [k, D] */
  readonly centres: Float32Array;
  /** Sum of squared distances to the centres. */
  readonly inertia: number;
}

/**
 * Lloyd's k-means from k-means++ starts, squared Euclidean distance.
 *
 * Stops when no assignment changes. A cluster that runs empty keeps its centre. Same key, same result.
 *
 * @param features - [N, D]
 * @throws Error for NaN with its row, k outside [1, N]
 */
export function kMeans(features: Float32Array, N: number, options: KMeansOptions): KMeansResult {
  const { k, restarts, maxIterations, key } = options;
  const D = checkMatrix(features, N, 'kMeans: features');
  for (const [name, value, most] of [
    ['k', k, N],
    ['restarts', restarts, Infinity],
    ['maxIterations', maxIterations, Infinity],
  ] as const) {
    if (!Number.isInteger(value) || value < 1 || value > most) {
      throw new Error(`kMeans: ${name} must be an integer in [1, ${most}], got ${value}.`);
    }
  }
  const x_ND = tf.tensor2d(features, [N, D]);
  const squares = rowSquares(features, N, D);
  let best: KMeansResult | undefined;
  for (let restart = 0; restart < restarts; restart++) {
    const start = plusPlus(x_ND, features, squares, k, fold(key, restart));
    const found = lloyd(x_ND, features, squares, start, maxIterations);
    if (!best || found.inertia < best.inertia) best = found;
  }
  x_ND.dispose();
  if (!best) throw new Error('kMeans: restarts must be >= 1.');
  return best;
}

function lloyd(
  x_ND: Tensor2D,
  features: Float32Array,
  squares: Float64Array,
  start: Float32Array,
  maxIterations: number,
): KMeansResult {
  const [N, D] = x_ND.shape;
  const k = start.length / D;
  let centres = start;
  let clusters: Int32Array = new Int32Array(N).fill(-1);
  for (let iteration = 0; iteration < maxIterations; iteration++) {
    const next = assign(x_ND, centres, k);
    const changed = next.some((cluster, row) => cluster !== clusters[row]);
    clusters = next;
    const sums = new Float64Array(k * D);
    const counts = new Int32Array(k);
    clusters.forEach((cluster, row) => {
      counts[cluster]++;
      for (let d = 0; d < D; d++) sums[cluster * D + d] += features[row * D + d];
    });
    centres = Float32Array.from(sums, (sum, at) => {
      const count = counts[Math.floor(at / D)];
      return count > 0 ? sum / count : centres[at];
    });
    if (!changed) break;
  }
  const inertia = clusters.reduce((sum, cluster, row) => {
    let distance = squares[row];
    for (let d = 0; d < D; d++)
      distance += centres[cluster * D + d] ** 2 - 2 * centres[cluster * D + d] * features[row * D + d];
    return sum + distance;
  }, 0);
  return { clusters, centres, inertia };
}

/** Nearest centre of every row: the smallest |c|^2 / 2 - x.c. */
function assign(x_ND: Tensor2D, centres: Float32Array, k: number): Int32Array {
  const [nearest] = readBack<Int32Array>(() => {
    const c_KD = tf.tensor2d(centres, [k, x_ND.shape[1]]);
    const half_1K = c_KD.square().sum(1).div(2).expandDims(0);
    return [half_1K.sub(tf.matMul(x_ND, c_KD, false, true)).argMin(1)];
  });
  return nearest;
}

/** k-means++: each next centre is a row drawn with probability proportional to its squared distance to the nearest centre so far. */
function plusPlus(
  x_ND: Tensor2D,
  features: Float32Array,
  squares: Float64Array,
  k: number,
  key: Key,
): Float32Array {
  const [N, D] = x_ND.shape;
  const draw = new Stream(key);
  const centres = new Float32Array(k * D);
  const nearest = new Float64Array(N).fill(Infinity);
  let chosen = draw.integer(0, N);
  for (let cluster = 0; cluster < k; cluster++) {
    const centre = features.slice(chosen * D, (chosen + 1) * D);
    centres.set(centre, cluster * D);
    const [dots] = readBack<Float32Array>(() => [tf.matMul(x_ND, tf.tensor2d(centre, [D, 1]))]);
    let total = 0;
    for (let row = 0; row < N; row++) {
      nearest[row] = Math.min(nearest[row], Math.max(0, squares[row] - 2 * dots[row] + squares[chosen]));
      total += nearest[row];
    }
    let left = draw.uniform() * total;
    chosen = nearest.findIndex((distance) => (left -= distance) < 0);
    if (chosen < 0) chosen = draw.integer(0, N); // all rows are centres already
  }
  return centres;
}

function rowSquares(features: Float32Array, N: number, D: number): Float64Array {
  return Float64Array.from({ length: N }, (_, row) => {
    let sum = 0;
    for (let at = row * D; at < (row + 1) * D; at++) sum += features[at] ** 2;
    return sum;
  });
}
