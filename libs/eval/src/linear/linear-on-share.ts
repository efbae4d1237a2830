import { fold } from '@fovea/random';
import type { FeatureSplits } from '../splits/feature-splits.ts';
import type { LabelShare } from '../fine-tuning/fine-tune-presets.ts';
import { checkLinearOptions, linearName, type LinearOptions } from './linear-options.ts';
import { chooseLinearRate, linearCurve } from './linear.ts';
import type { Metric } from '../protocol/metric.ts';
import { summary } from '../statistics/summary.ts';
import { subset } from '../splits/subset.ts';

export interface LinearOnShareOptions extends LinearOptions {
  readonly share: LabelShare;
  /** Labelled train rows, one committed list a repetition. */
  readonly rows: readonly Int32Array[];
}

/**
 * Linear evaluation with few labels, beside fine-tuning: `linear` on the listed rows alone, mean over the lists and `….sd`.
 *
 * `linear.<share>.<preset>[…].top1.last` and `….best`. List i uses `fold(key, i)`; a rate is chosen once, on rows held out of the first list, as `semiSupervised` chooses
 * its recipe. `chosen.lr` says which it was. Test is read after the choice.
 *
 * @throws Error for whatever `linear` refuses, no list
 */
export async function* linearOnShare(
  splits: FeatureSplits,
  options: LinearOnShareOptions,
): AsyncGenerator<Metric, void, undefined> {
  const recipe = checkLinearOptions(options, 'linearOnShare', ['share', 'rows']);
  const { share, rows, key } = options;
  if (rows.length === 0) throw new Error('linearOnShare: needs at least one list of rows.');
  const { train, classes } = splits;
  const parts = rows.map((list) => subset(train, list));
  const lr = await chooseLinearRate(parts[0], classes, recipe, options);
  const { test } = splits; // the one read of test
  const curves: number[][] = [];
  for (const [at, part] of parts.entries()) {
    const own = { ...options, key: fold(key, at) };
    curves.push(await linearCurve({ train: part, test, classes }, recipe, lr, own));
  }
  const name = linearName(share, options);
  const top1 = { unit: '%', direction: 'up', ...(options.lrs && { chosen: { lr } }) } as const;
  for (const kind of ['last', 'best'] as const) {
    const values = curves.map((curve) => (kind === 'last' ? curve[curve.length - 1] : Math.max(...curve)));
    const value = values.reduce((sum, one) => sum + one, 0) / values.length;
    yield { metric: `${name}.top1.${kind}`, value, n: test.labels.length, ...top1 };
    if (values.length > 1) {
      const sd = { value: summary(values).sd, n: values.length, unit: '%', direction: 'down' } as const;
      yield { metric: `${name}.top1.${kind}.sd`, ...sd };
    }
  }
}
