import type { Key } from '@fovea/random';
import { checkOptions } from '../protocol/check-options.ts';
import { deterministicProbe } from './deterministic-probe.ts';
import type { FeatureSplits } from '../splits/feature-splits.ts';
import type { HoldOut } from '../splits/hold-out.ts';
import type { Metric } from '../protocol/metric.ts';
import { pause } from '../protocol/pause.ts';
import { ridge } from './ridge.ts';
import type { FeatureScale } from '../splits/scale-features.ts';

export interface RidgeProbeOptions {
  /** Penalties; two or more are compared on rows held out of train (first of the best wins). */
  readonly alphas: readonly number[];
  readonly scale: FeatureScale;
  /** Held-out fraction of each class, or the rows of a validation list, with two or more alphas. */
  readonly holdOut?: HoldOut;
  /** Draws the held-out rows, with two or more alphas. */
  readonly key?: Key;
}

/**
 * Accuracy of closed-form ridge regression onto one-hot labels: `ridge.<scale>.alpha<alpha>.top1`, in percent.
 *
 * @throws Error for whatever `ridge` refuses
 *
 * @example
 * for await (const { metric, value } of ridgeProbe(splits, { alphas: [1], scale: 'l2' })) console.log(metric, value);
 */
export async function* ridgeProbe(
  splits: FeatureSplits,
  options: RidgeProbeOptions,
): AsyncGenerator<Metric, void, undefined> {
  checkOptions(options, ['alphas', 'scale', 'holdOut', 'key'], 'ridgeProbe');
  await pause();
  const { alphas, ...rest } = options;
  yield deterministicProbe(splits, {
    ...rest,
    where: 'ridgeProbe',
    prefix: 'ridge',
    parameter: 'alpha',
    candidates: alphas,
    fit: (train, classes, alpha) => ridge(train, classes, { alpha }),
  });
}
