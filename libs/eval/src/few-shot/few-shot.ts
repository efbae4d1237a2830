import { fold, permutation, type Key } from '@fovea/random';
import { accuracy } from '../metrics/accuracy.ts';
import { checkOptions } from '../protocol/check-options.ts';
import { checkLabelled, type LabelledFeatures } from '../splits/feature-splits.ts';
import { argMaxRows, linearScores } from '../probes/linear-scores.ts';
import { logisticRegression } from '../probes/logistic-regression.ts';
import type { Metric } from '../protocol/metric.ts';
import { pause } from '../protocol/pause.ts';
import { l2NormalizeRows } from '../splits/scale-features.ts';
import { summary } from '../statistics/summary.ts';
import { subset } from '../splits/subset.ts';

export interface FewShotOptions {
  readonly ways: number;
  readonly shots: number;
  /** Test samples a class and episode. */
  readonly queries: number;
  readonly episodes: number;
  /** `nearest-mean`: largest cosine to the mean of a class's unit features. `logistic`: C = 1 on unit features. */
  readonly classifier: 'nearest-mean' | 'logistic';
  readonly key: Key;
}

/**
 * Few-shot classification on frozen features: `fewshot.<n>way.<k>shot.<q>q.<classifier>.top1`, mean over episodes, and `….ci95`, half its 95 % interval.
 *
 * Each episode draws classes and then, per class, distinct support and query samples. Episode i depends on the key and i alone, so two arms meet the
 * same episodes.
 *
 * @throws Error when fewer classes than ways have shots + queries samples; NaN with its row
 */
export async function* fewShot(
  data: LabelledFeatures,
  options: FewShotOptions,
): AsyncGenerator<Metric, void, undefined> {
  checkOptions(options, ['ways', 'shots', 'queries', 'episodes', 'classifier', 'key'], 'fewShot');
  const { ways, shots, queries, episodes, classifier, key } = options;
  for (const [name, count] of Object.entries({ shots, queries, episodes })) {
    if (!Number.isInteger(count) || count < 1)
      throw new Error(`fewShot: ${name} must be an integer >= 1, got ${count}.`);
  }
  const classes = data.labels.reduce((most, label) => Math.max(most, label), 1) + 1;
  const { D } = checkLabelled(data, classes, 'fewShot: data');
  const rowsOf = Array.from({ length: classes }, () => [] as number[]);
  data.labels.forEach((label, row) => rowsOf[label].push(row));
  const usable = rowsOf.filter((rows) => rows.length >= shots + queries);
  if (!(Number.isInteger(ways) && ways >= 2 && ways <= usable.length)) {
    throw new Error(
      `fewShot: ways must be an integer in [2, ${usable.length}] (classes with ${shots + queries} samples), got ${ways}.`,
    );
  }

  const unit = { features: new Float32Array(l2NormalizeRows(data.features, D)), labels: data.labels };
  const values: number[] = [];
  for (let episode = 0; episode < episodes; episode++) {
    if (episode % 50 === 0) await pause();
    const own = fold(key, episode);
    const drawn = Array.from(
      permutation(fold(own, 'classes'), usable.length).subarray(0, ways),
      (at) => usable[at],
    );
    const samples = drawn.map((rows, way) =>
      Array.from(permutation(fold(own, way), rows.length).subarray(0, shots + queries), (at) => rows[at]),
    );
    const part = (from: number, to: number): LabelledFeatures => ({
      ...subset(unit, Int32Array.from(samples.flatMap((rows) => rows.slice(from, to)))),
      labels: Int32Array.from({ length: ways * (to - from) }, (_, at) => Math.floor(at / (to - from))),
    });
    const [support, query] = [part(0, shots), part(shots, shots + queries)];
    const model =
      classifier === 'logistic'
        ? logisticRegression(support, ways, { C: 1, precision: 'float64' })
        : { W: classMeans(support, ways, D), bias: new Float64Array(ways) };
    values.push(100 * accuracy(argMaxRows(linearScores(model, query.features), ways), query.labels));
  }
  const name = `fewshot.${ways}way.${shots}shot.${queries}q.${classifier}.top1`;
  const mean = values.reduce((sum, value) => sum + value, 0) / episodes;
  yield { metric: name, value: mean, n: episodes, unit: '%', direction: 'up' };
  if (episodes > 1) {
    yield {
      metric: `${name}.ci95`,
      value: 1.96 * summary(values).sem,
      n: episodes,
      unit: '%',
      direction: 'down',
    };
  }
}

/** [ways, D], unit means of the classes. */
function classMeans({ features, labels }: LabelledFeatures, ways: number, D: number): Float64Array {
  const sums = new Float32Array(ways * D);
  features.forEach((value, at) => (sums[labels[Math.floor(at / D)] * D + (at % D)] += value));
  return l2NormalizeRows(sums, D);
}
