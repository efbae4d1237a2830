import { accuracy } from '../metrics/accuracy.ts';
import { checkFeatureSplits, type FeatureSplits } from '../splits/feature-splits.ts';
import { knnClassify, type KnnOptions } from './knn-classify.ts';
import type { Metric } from '../protocol/metric.ts';
import { pause } from '../protocol/pause.ts';

/**
 * Weighted kNN accuracy on frozen features: `knn.k20.t0.07.top1`, in percent.
 *
 * Nothing is trained and nothing is chosen. DINO, BAM: k 20, T 0.07; InsDis: k 200, T 0.07.
 *
 * @throws Error for a class that train lacks and whatever `knnClassify` refuses
 *
 * @example
 * for await (const { metric, value } of knn(splits, { k: 20, temperature: 0.07 })) console.log(metric, value);
 */
export async function* knn(
  splits: FeatureSplits,
  options: KnnOptions,
): AsyncGenerator<Metric, void, undefined> {
  const { train, test, classes } = splits;
  const { M } = checkFeatureSplits({ train, test, classes }, 'knn');
  await pause();
  const { predictions } = knnClassify(train, test.features, classes, options);
  yield {
    metric: `knn.k${options.k}.t${options.temperature}.top1`,
    value: 100 * accuracy(predictions, test.labels),
    n: M,
    unit: '%',
    direction: 'up',
  };
}
