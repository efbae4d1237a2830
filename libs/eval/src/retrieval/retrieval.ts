import { tf } from '@fovea/tensorflow';
import { checkOptions } from '../protocol/check-options.ts';
import { checkMatrix } from '../splits/feature-splits.ts';
import { averagePrecision } from '../metrics/average-precision.ts';
import type { Metric } from '../protocol/metric.ts';
import { pause } from '../protocol/pause.ts';
import { l2NormalizeRows } from '../splits/scale-features.ts';
import { readBack } from '../protocol/read-back.ts';

/** Queries and the bank they are searched in, as frozen features. */
export interface RetrievalTask {
  /** [Q, D] */
  readonly queries: Float32Array;
  /** [N, D] */
  readonly bank: Float32Array;
  /** For each query the bank rows that are right. */
  readonly relevant: readonly Int32Array[];
  /** For each query the bank rows that are left out of its ranking, such as the query itself. */
  readonly ignored: readonly Int32Array[];
}

const BLOCK = 2 ** 24; // similarities held at a time

/**
 * Mean average precision of cosine ranking, as in copy detection and instance retrieval: `retrieval.cosine.mAP`, in percent.
 *
 * AP is non-interpolated; equal similarities enter together. Blocks of queries are ranked at a time, so that no Q x N matrix exists.
 *
 * @throws Error for a query without a relevant row, rows that do not exist, NaN with its row
 * @see DINO's copy detection, which adds PCA whitening with external images before this
 */
export async function* retrieval(
  task: RetrievalTask,
  options: object,
): AsyncGenerator<Metric, void, undefined> {
  checkOptions(options, [], 'retrieval');
  const { queries, bank, relevant, ignored } = task;
  const Q = relevant.length;
  const D = checkMatrix(queries, Q, 'retrieval: queries');
  const N = Math.floor(bank.length / D);
  if (checkMatrix(bank, N, 'retrieval: bank') !== D || ignored.length !== Q) {
    throw new Error(
      `retrieval: bank must have ${D} columns and ignored ${Q} entries, got ${bank.length / N}, ${ignored.length}.`,
    );
  }
  const bank_ND = tf.tensor2d(new Float32Array(l2NormalizeRows(bank, D)), [N, D]);
  const unit = new Float32Array(l2NormalizeRows(queries, D));
  const rows = Math.max(1, Math.floor(BLOCK / N));
  let sum = 0;
  for (let start = 0; start < Q; start += rows) {
    await pause();
    const count = Math.min(rows, Q - start);
    const [similarities] = readBack<Float32Array>(() => {
      const block = tf.tensor2d(unit.subarray(start * D, (start + count) * D), [count, D]);
      return [tf.matMul(block, bank_ND, false, true)];
    });
    for (let row = 0; row < count; row++) {
      const labels = new Int8Array(N);
      for (const at of relevant[start + row]) mark(labels, at, 1, start + row);
      for (const at of ignored[start + row]) mark(labels, at, -1, start + row);
      const kept = Array.from(labels.keys()).filter((at) => labels[at] >= 0);
      const scores = kept.map((at) => similarities[row * N + at]);
      sum += averagePrecision(
        scores,
        kept.map((at) => labels[at]),
        'nonInterpolated',
      );
    }
  }
  bank_ND.dispose();
  yield { metric: 'retrieval.cosine.mAP', value: (100 * sum) / Q, n: Q, unit: '%', direction: 'up' };
}

function mark(labels: Int8Array, at: number, value: number, query: number): void {
  if (!(at in labels)) throw new Error(`retrieval: query ${query} names bank row ${at} of ${labels.length}.`);
  labels[at] = value;
}
