import type { Metric } from './metric.ts';
import type { Pieces } from './run-control.ts';

/**
 * Any evaluator, resumable as a whole: its metrics are stored when it has ended, and a later call with the same key yields the stored ones.
 *
 * @param key - JSON that names everything the metrics depend on: digests of features, options, the evaluator's name
 *
 * @example
 * const key = { evaluator: 'fewShot', features: digest, options: { ways: 5, shots: 1 } };
 * for await (const metric of keepMetrics(pieces('results/pieces'), key, () => fewShot(data, options))) console.log(metric);
 */
export async function* keepMetrics(
  pieces: Pieces,
  key: unknown,
  evaluator: () => AsyncIterable<Metric>,
): AsyncGenerator<Metric, void, undefined> {
  yield* await pieces.json<Metric[]>(
    () => ({ piece: 'metrics', key }),
    async () => {
      const metrics: Metric[] = [];
      for await (const metric of evaluator()) metrics.push(metric);
      return metrics;
    },
  );
}
