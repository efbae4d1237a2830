import { checkOptions } from '../protocol/check-options.ts';
import type { FeatureSplits } from '../splits/feature-splits.ts';
import type { HoldOut } from '../splits/hold-out.ts';
import { deterministicPredictions } from '../probes/deterministic-probe.ts';
import { logisticRegression } from '../probes/logistic-regression.ts';
import type { Metric } from '../protocol/metric.ts';
import { pause } from '../protocol/pause.ts';
import type { FeatureScale } from '../splits/scale-features.ts';
import { subset } from '../splits/subset.ts';
import { longTailRows } from './long-tail-rows.ts';
import type { Key } from '@fovea/random';

export interface LongTailOptions {
  /** Imbalance factor, >= 1: 10, 50, 100. */
  readonly factor: number;
  /** Values of C of the logistic probe; two or more are compared on rows held out of the long-tailed train split. */
  readonly Cs: readonly number[];
  readonly scale: FeatureScale;
  readonly holdOut?: HoldOut;
  readonly key?: Key;
}

const MANY = 100; // a class with more rows has many shots
const FEW = 20; // one with fewer has few

/**
 * Long-tailed classification on frozen features: logistic regression on the rows of `longTailRows`, accuracy on the balanced test split.
 *
 * `longtail.f<factor>.logistic.<scale>.C<C>.top1`, and `….many`, `….medium`, `….few`: means over the classes with more than 100, 20 to 100 and fewer than 20 train rows, where there
 * are such.
 *
 * @throws Error for whatever `longTailRows` and `logisticRegression` refuse
 */
export async function* longTail(
  splits: FeatureSplits,
  options: LongTailOptions,
): AsyncGenerator<Metric, void, undefined> {
  checkOptions(options, ['factor', 'Cs', 'scale', 'holdOut', 'key'], 'longTail');
  const { factor, Cs, ...rest } = options;
  await pause();
  const { classes } = splits;
  const whole = splits.train;
  const train = subset(whole, longTailRows(whole.labels, classes, factor));
  const own = {
    train,
    classes,
    get test() {
      return splits.test;
    },
  };
  const { predictions, labels, parameter, chosen } = deterministicPredictions(own, {
    ...rest,
    where: 'longTail',
    prefix: 'logistic',
    parameter: 'C',
    candidates: Cs,
    fit: (data, count, C) => logisticRegression(data, count, { C, precision: 'float32' }),
  });
  const counts = new Int32Array(classes);
  for (const label of train.labels) counts[label]++;
  const name = `longtail.f${factor}.logistic.${options.scale}.${parameter}`;
  const groups: [string, (count: number) => boolean][] = [
    ['top1', () => true],
    ['top1.many', (count) => count > MANY],
    ['top1.medium', (count) => count >= FEW && count <= MANY],
    ['top1.few', (count) => count < FEW],
  ];
  for (const [group, holds] of groups) {
    const rows = Array.from(labels.keys()).filter((row) => holds(counts[labels[row]]));
    if (rows.length === 0) continue;
    const hits = rows.filter((row) => predictions[row] === labels[row]).length;
    const value = (100 * hits) / rows.length;
    yield {
      metric: `${name}.${group}`,
      value,
      n: rows.length,
      unit: '%',
      direction: 'up',
      ...(chosen && { chosen }),
    };
  }
}
