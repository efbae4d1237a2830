import { checkOptions } from '../protocol/check-options.ts';
import { checkLabelled, type LabelledFeatures } from '../splits/feature-splits.ts';
import { kMeans, type KMeansOptions } from './k-means.ts';
import { clusteringMetrics } from '../metrics/clustering-metrics.ts';
import type { Metric } from '../protocol/metric.ts';
import { pause } from '../protocol/pause.ts';
import { l2NormalizeRows } from '../splits/scale-features.ts';

/**
 * Agreement of k-means clusters of unit features with the labels: `clustering.kmeans.k<k>.r<restarts>.nmi | ami | ari | accuracy`, from 0 to 1.
 *
 * Labels are read only to score; the restart is chosen by inertia.
 *
 * @throws Error for whatever `kMeans` refuses
 */
export async function* clustering(
  data: LabelledFeatures,
  options: KMeansOptions,
): AsyncGenerator<Metric, void, undefined> {
  checkOptions(options, ['k', 'restarts', 'maxIterations', 'key'], 'clustering');
  const classes = data.labels.reduce((most, label) => Math.max(most, label), 1) + 1;
  const { N, D } = checkLabelled(data, classes, 'clustering: data');
  await pause();
  const { clusters } = kMeans(new Float32Array(l2NormalizeRows(data.features, D)), N, options);
  const scores = clusteringMetrics(data.labels, clusters);
  const prefix = `clustering.kmeans.k${options.k}.r${options.restarts}`;
  for (const name of ['nmi', 'ami', 'ari', 'accuracy'] as const) {
    yield { metric: `${prefix}.${name}`, value: scores[name], n: N, unit: '1', direction: 'up' };
  }
}
