import { tf } from '@fovea/tensorflow';
import { checkMatrix, type LabelledFeatures } from '../splits/feature-splits.ts';
import { checkOptions } from '../protocol/check-options.ts';
import { l2NormalizeRows } from '../splits/scale-features.ts';
import { topColumns } from './top-columns.ts';

export interface KnnOptions {
  /** Neighbours that vote, in [1, N]. */
  readonly k: number;
  /** Temperature of the votes, > 0. */
  readonly temperature: number;
}

export interface KnnResult {
  /** [M], the class with the largest sum of votes; the lower class on a tie. */
  readonly predictions: Int32Array;
  /** [M, C], sums of exp(sim / T); may overflow to Infinity for T below about 0.0015, where predictions stay right. */
  readonly scores: Float64Array;
}

const BLOCK = 25_000_000; // similarities held at a time, 95 MiB of float32: fewer leave the matrix product waiting for the bank
const SAMPLE = 2000; // rows whose mean is taken off
const ROUNDING = 2 ** -24; // of one float32 operation

/**
 * Weighted k-nearest-neighbour classification by cosine similarity.
 *
 * `score[i, c] = sum over the k most similar train rows j with label c of exp(cos(test_i, train_j) / T)`
 *
 * Candidates come from float32 matrix products in blocks (no M x N matrix exists); their similarities are recomputed in double
 * precision. Where float32 cannot prove that the candidates hold the true k, the query is searched again in double precision, so the
 * answer does not depend on block sizes or threads. Equal similarities: the lower train row wins. A row of zeros has cosine 0.
 *
 * @param train - [N, D] features and [N] labels in [0, classes)
 * @param test - [M, D] features
 * @throws Error for NaN (with its row), k outside [1, N], a temperature that is not > 0, widths that differ, unknown options
 * @see DINO eval_knn.py, InsDis; both sum votes in float32 and leave ties to topk
 *
 * @example
 * const train = { features: Float32Array.of(1, 0, 0, 1), labels: Int32Array.of(0, 1) };
 * knnClassify(train, Float32Array.of(3, 1), 2, { k: 1, temperature: 0.07 }).predictions; // Int32Array [0]
 */
export function knnClassify(
  train: LabelledFeatures,
  test: Float32Array,
  classes: number,
  options: KnnOptions,
): KnnResult {
  const { k, temperature } = options;
  const N = train.labels.length;
  checkOptions(options, ['k', 'temperature'], 'knnClassify');
  const D = checkMatrix(train.features, N, 'knnClassify: train.features');
  const M = test.length / D;
  if (checkMatrix(test, Math.floor(M), 'knnClassify: test') !== D) {
    throw new Error(
      `knnClassify: test has ${test.length} numbers, not a multiple of the ${D} columns of train.`,
    );
  }
  if (!Number.isInteger(k) || k < 1 || k > N) {
    throw new Error(`knnClassify: k must be an integer in [1, ${N}] (the train rows), got ${k}.`);
  }
  if (!(temperature > 0)) throw new Error(`knnClassify: temperature must be > 0, got ${temperature}.`);

  const neighbours = nearest(train.features, l2NormalizeRows(test, D), D, k);
  const scores = new Float64Array(M * classes);
  const predictions = Int32Array.from({ length: M }, (_, query) => {
    const { rows, similarities } = neighbours[query];
    const votes = new Float64Array(classes);
    rows.forEach((row, rank) => {
      votes[train.labels[row]] += Math.exp((similarities[rank] - similarities[0]) / temperature);
    });
    const scale = Math.exp(similarities[0] / temperature);
    votes.forEach((vote, label) => {
      scores[query * classes + label] = vote === 0 ? 0 : vote * scale;
    });
    return votes.indexOf(Math.max(...votes));
  });
  return { predictions, scores };
}

interface Neighbours {
  readonly rows: number[];
  readonly similarities: number[];
}

/** For every unit query its k most similar bank rows, best first, lower row first on a tie. */
function nearest(features: Float32Array, queries: Float64Array, D: number, k: number): Neighbours[] {
  const N = features.length / D;
  const M = queries.length / D;
  const { centred, scale, radius } = centre(features, N, D);
  // |float32 score - true score| for unit queries: D products and sums, and the rounding of both factors
  const bound = (D + 4) * ROUNDING * radius;
  const fetched = Math.min(N, k + 16 + Math.ceil(k / 4));
  const rows = Math.max(1, Math.floor(BLOCK / N));
  const bankTensor = tf.tensor2d(centred, [N, D]);
  const everyRow = Int32Array.from({ length: N }, (_, row) => row);
  const found: Neighbours[] = [];
  for (let start = 0; start < M; start += rows) {
    const count = Math.min(rows, M - start);
    const own = new Float32Array(queries.subarray(start * D, (start + count) * D));
    const { values, columns } = topColumns(
      () => tf.matMul(tf.tensor2d(own, [count, D]), bankTensor, false, true),
      fetched,
    );
    for (let row = 0; row < count; row++) {
      const query = queries.subarray((start + row) * D, (start + row + 1) * D);
      const first = row * fetched;
      // Nothing below this can be among the true k.
      const least = values[first + k - 1] - 2 * bound;
      const isProven = fetched === N || values[first + fetched - 1] < least;
      let last = first + k;
      while (isProven && last < first + fetched && values[last] >= least) last++;
      found.push(best(features, scale, query, isProven ? columns.subarray(first, last) : everyRow, k));
    }
  }
  bankTensor.dispose();
  return found;
}

/**
 * The unit bank minus about its mean row, and what each row was divided by: ranks are unchanged and float32 keeps its digits for what tells the rows apart.
 *
 * Any constant row would do; the mean of a sample of the rows is one as good.
 */
function centre(
  features: Float32Array,
  N: number,
  D: number,
): { centred: Float32Array; scale: Float64Array; radius: number } {
  const scale = new Float64Array(N);
  for (let row = 0; row < N; row++) {
    scale[row] = 1 / Math.max(Math.sqrt(squares(features, row * D, D)), 1e-12);
  }
  const mean = new Float64Array(D);
  const step = Math.ceil(N / SAMPLE);
  for (let row = 0; row < N; row += step) {
    for (let d = 0; d < D; d++) mean[d] += features[row * D + d] * scale[row];
  }
  for (let d = 0; d < D; d++) mean[d] /= Math.ceil(N / step);
  const centred = new Float32Array(features.length);
  let radius = 0;
  for (let row = 0; row < N; row++) {
    const factor = scale[row];
    for (let d = 0, at = row * D; d < D; d++, at++) centred[at] = features[at] * factor - mean[d];
    radius = Math.max(radius, squares(centred, row * D, D));
  }
  return { centred, scale, radius: Math.sqrt(radius) };
}

/** The k candidates with the largest double-precision similarity. */
function best(
  features: Float32Array,
  scale: Float64Array,
  query: Float64Array,
  candidates: Int32Array,
  k: number,
): Neighbours {
  const D = query.length;
  const similarities = new Float64Array(candidates.length);
  for (let place = 0; place < candidates.length; place++) {
    const row = candidates[place];
    similarities[place] = dot(features.subarray(row * D, (row + 1) * D), query) * scale[row];
  }
  const order = Array.from(candidates.keys())
    .sort((a, b) => similarities[b] - similarities[a] || candidates[a] - candidates[b])
    .slice(0, k);
  return { rows: order.map((at) => candidates[at]), similarities: order.map((at) => similarities[at]) };
}

/** Four sums at a time, so that an addition need not wait for the one before. */
function dot(x: Float32Array, y: Float64Array): number {
  let [a, b, c, d] = [0, 0, 0, 0];
  const whole = x.length - (x.length % 4);
  for (let at = 0; at < whole; at += 4) {
    a += x[at] * y[at];
    b += x[at + 1] * y[at + 1];
    c += x[at + 2] * y[at + 2];
    d += x[at + 3] * y[at + 3];
  }
  for (let at = whole; at < x.length; at++) a += x[at] * y[at];
  return a + b + (c + d);
}

/** Kept apart from `dot`: a function that meets one kind of array runs several times faster. */
function squares(x: Float32Array, start: number, length: number): number {
  let [a, b, c, d] = [0, 0, 0, 0];
  const end = start + length;
  const whole = end - (length % 4);
  for (let at = start; at < whole; at += 4) {
    a += x[at] * x[at];
    b += x[at + 1] * x[at + 1];
    c += x[at + 2] * x[at + 2];
    d += x[at + 3] * x[at + 3];
  }
  for (let at = whole; at < end; at++) a += x[at] * x[at];
  return a + b + (c + d);
}
