import type { Key } from '@fovea/random';
import { checkOptions } from '../protocol/check-options.ts';
import { deterministicProbe } from './deterministic-probe.ts';
import type { FeatureSplits } from '../splits/feature-splits.ts';
import { logisticRegression } from './logistic-regression.ts';
import type { HoldOut } from '../splits/hold-out.ts';
import type { Metric } from '../protocol/metric.ts';
import { pause } from '../protocol/pause.ts';
import type { FeatureScale } from '../splits/scale-features.ts';

export interface LogisticProbeOptions {
  /** Values of C; two or more are compared on rows held out of train (first of the best wins). */
  readonly Cs: readonly number[];
  readonly scale: FeatureScale;
  readonly precision: 'float64' | 'float32';
  /** Held-out fraction of each class, or the rows of a validation list, with two or more Cs. */
  readonly holdOut?: HoldOut;
  /** Draws the held-out rows, with two or more Cs. */
  readonly key?: Key;
}

/**
 * Accuracy of multinomial logistic regression on frozen features: `logistic.<scale>.C<C>.top1`, in percent.
 *
 * The optimum does not depend on a seed, so arms differ by their features alone.
 *
 * @throws Error for whatever `logisticRegression` refuses
 *
 * @example
 * for await (const { metric, value } of logisticProbe(splits, { Cs: [1], scale: 'standardised', precision: 'float32' })) console.log(metric, value);
 */
export async function* logisticProbe(
  splits: FeatureSplits,
  options: LogisticProbeOptions,
): AsyncGenerator<Metric, void, undefined> {
  checkOptions(options, ['Cs', 'scale', 'precision', 'holdOut', 'key'], 'logisticProbe');
  await pause();
  const { Cs, precision, ...rest } = options;
  yield deterministicProbe(splits, {
    ...rest,
    where: 'logisticProbe',
    prefix: 'logistic',
    parameter: 'C',
    candidates: Cs,
    fit: (train, classes, C) => logisticRegression(train, classes, { C, precision }),
  });
}
