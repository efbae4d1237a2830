import { logGamma } from '../statistics/special.ts';
import { hungarian } from './hungarian.ts';

export interface ClusteringMetrics {
  /** Normalised mutual information, arithmetic mean in the denominator. */
  readonly nmi: number;
  /** Adjusted for chance, arithmetic mean in the denominator. */
  readonly ami: number;
  /** Adjusted Rand index. */
  readonly ari: number;
  readonly homogeneity: number;
  readonly completeness: number;
  /** Share of samples that the best one-to-one map of clusters to classes gets right. */
  readonly accuracy: number;
}

/**
 * Agreement of a clustering with class labels, in double precision.
 *
 * Any integers serve as names of classes and clusters. With one class and one cluster, or with every sample alone in both, all measures are 1, as in
 * scikit-learn.
 *
 * @throws Error when there is no sample or the lengths differ
 * @see scikit-learn; SciPy linear_sum_assignment for `accuracy`
 */
export function clusteringMetrics(labels: Int32Array, clusters: Int32Array): ClusteringMetrics {
  const n = labels.length;
  if (n === 0 || clusters.length !== n) {
    throw new Error(
      `clusteringMetrics: needs as many labels as clusters, at least one; got ${n}, ${clusters.length}.`,
    );
  }
  const { table, rows, columns } = contingency(labels, clusters);
  const [R, K] = [rows.length, columns.length];
  const [hLabels, hClusters] = [entropy(rows, n), entropy(columns, n)];
  const mutual = mutualInformation(table, rows, columns, n);
  const trivial = (R === 1 && K === 1) || (R === n && K === n);
  const expected = trivial ? 0 : expectedMutualInformation(rows, columns, n);
  const average = (hLabels + hClusters) / 2;
  const { total } = hungarian(
    table.map((count) => -count),
    R,
    K,
  );
  return {
    nmi: trivial ? 1 : average === 0 ? 0 : mutual / average,
    ami: trivial ? 1 : (mutual - expected) / signedFloor(average - expected),
    ari: adjustedRand(table, rows, columns, n),
    homogeneity: hLabels === 0 ? 1 : mutual / hLabels,
    completeness: hClusters === 0 ? 1 : mutual / hClusters,
    accuracy: -total / n,
  };
}

interface Contingency {
  /** [R, K] counts */
  readonly table: Float64Array;
  readonly rows: Float64Array;
  readonly columns: Float64Array;
}

function contingency(labels: Int32Array, clusters: Int32Array): Contingency {
  const number = (values: Int32Array): Map<number, number> =>
    new Map([...new Set(values)].sort((a, b) => a - b).map((value, at) => [value, at]));
  const [rowOf, columnOf] = [number(labels), number(clusters)];
  const table = new Float64Array(rowOf.size * columnOf.size);
  const rows = new Float64Array(rowOf.size);
  const columns = new Float64Array(columnOf.size);
  labels.forEach((label, at) => {
    const row = rowOf.get(label) ?? 0;
    const column = columnOf.get(clusters[at]) ?? 0;
    table[row * columnOf.size + column]++;
    rows[row]++;
    columns[column]++;
  });
  return { table, rows, columns };
}

function entropy(counts: Float64Array, n: number): number {
  return counts.length === 1 ? 0 : -counts.reduce((sum, count) => sum + (count / n) * Math.log(count / n), 0);
}

function mutualInformation(
  table: Float64Array,
  rows: Float64Array,
  columns: Float64Array,
  n: number,
): number {
  let sum = 0;
  table.forEach((count, at) => {
    if (count === 0) return;
    const [row, column] = [rows[Math.floor(at / columns.length)], columns[at % columns.length]];
    sum += (count / n) * (Math.log(count) + Math.log(n) - Math.log(row) - Math.log(column));
  });
  return Math.max(0, sum);
}

/** Expectation over all tables with these margins (hypergeometric model). */
function expectedMutualInformation(rows: Float64Array, columns: Float64Array, n: number): number {
  const logFactorial = Float64Array.from({ length: n + 1 }, (_, k) => logGamma(k + 1));
  let sum = 0;
  for (const a of rows) {
    for (const b of columns) {
      const fixed =
        logFactorial[a] + logFactorial[b] + logFactorial[n - a] + logFactorial[n - b] - logFactorial[n];
      for (let k = Math.max(1, a + b - n); k <= Math.min(a, b); k++) {
        const logProbability =
          fixed - logFactorial[k] - logFactorial[a - k] - logFactorial[b - k] - logFactorial[n - a - b + k];
        sum += (k / n) * (Math.log(n) + Math.log(k) - Math.log(a) - Math.log(b)) * Math.exp(logProbability);
      }
    }
  }
  return sum;
}

function adjustedRand(table: Float64Array, rows: Float64Array, columns: Float64Array, n: number): number {
  const pairs = (counts: Float64Array): number =>
    counts.reduce((sum, count) => sum + (count * (count - 1)) / 2, 0);
  const [together, inRows, inColumns] = [pairs(table), pairs(rows), pairs(columns)];
  const all = (n * (n - 1)) / 2;
  const expected = all === 0 ? 0 : (inRows * inColumns) / all;
  const largest = (inRows + inColumns) / 2;
  return largest === expected ? 1 : (together - expected) / (largest - expected);
}

/** Away from 0, keeping the sign. */
function signedFloor(value: number): number {
  return value < 0 ? Math.min(value, -(2 ** -52)) : Math.max(value, 2 ** -52);
}
