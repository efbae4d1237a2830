import { fold, type Key } from '@fovea/random';
import { checkFeatureSplits, type FeatureSplits, type LabelledFeatures } from '../splits/feature-splits.ts';
import { holdOut, type HoldOut } from '../splits/hold-out.ts';
import { checkLinearOptions, linearName, type LinearOptions } from './linear-options.ts';
import type { LinearRecipe } from './linear-presets.ts';
import { linearProbe } from './linear-probe.ts';
import type { Metric } from '../protocol/metric.ts';
import { arrayDigest, NO_PIECES } from '../protocol/run-control.ts';

/**
 * Linear evaluation on cached frozen features, in percent.
 *
 * `linear.cached.<preset>[.e<epochs>][.b<batch>][.lr-sweep].top1.last` is the accuracy after the last epoch; `….top1.best` is the best
 * epoch *on the test split*, which DINO and BAM report: an optimistic number, never to be chosen by. With `lrs`, the rate
 * with the best last-epoch accuracy on rows held out of train wins (the smaller on a tie), and the head is trained again on all of train;
 * test is first read after the choice, once, and `chosen.lr` says which it was.
 *
 * @throws Error when training diverges, for a class that train lacks, and for unknown options
 *
 * @example
 * for await (const { metric, value } of linear(splits, { preset: 'swav', key: key(0) })) console.log(metric, value);
 */
export async function* linear(
  splits: FeatureSplits,
  options: LinearOptions,
): AsyncGenerator<Metric, void, undefined> {
  const recipe = checkLinearOptions(options, 'linear');
  const { train, classes } = splits;
  const lr = await chooseLinearRate(train, classes, recipe, options);
  const { test } = splits; // the one read of test
  const percent = await linearCurve({ train, test, classes }, recipe, lr, options);

  const name = linearName('cached', options);
  const n = test.labels.length;
  const top1 = { n, unit: '%', direction: 'up', ...(options.lrs && { chosen: { lr } }) } as const;
  yield { metric: `${name}.top1.last`, value: percent[percent.length - 1], ...top1 };
  yield { metric: `${name}.top1.best`, value: Math.max(...percent), ...top1 };
}

/** The recipe's rate or, with `lrs`, the one whose last epoch is best on rows held out of train. */
export async function chooseLinearRate(
  train: LabelledFeatures,
  classes: number,
  recipe: LinearRecipe,
  { lrs, holdOut: which, key, onProgress, pieces = NO_PIECES }: LinearOptions,
): Promise<number> {
  if (lrs === undefined || which === undefined) return recipe.lr;
  const report = (epoch: number): void =>
    onProgress?.({ what: 'linear: sweep epoch', done: epoch, total: recipe.epochs });
  return pieces.json(
    () => ({
      piece: 'linear rate',
      train: digestOf(train),
      classes,
      recipe,
      ...sweepKey({ lrs, holdOut: which, key }),
    }),
    async () => {
      const { fit, held } = holdOut(train, which, fold(key, 'hold out'));
      const { accuracies } = await linearProbe(fit, held, classes, recipe, lrs, fold(key, 'sweep'), report);
      return bestRate(lrs, accuracies[accuracies.length - 1]);
    },
  );
}

/** Accuracy on test after each epoch, in percent, of a head trained on all of train. */
export async function linearCurve(
  splits: FeatureSplits,
  recipe: LinearRecipe,
  lr: number,
  { preset, key, onProgress, pieces = NO_PIECES }: LinearOptions,
): Promise<number[]> {
  checkFeatureSplits(splits, 'linear');
  const { train, test, classes } = splits;
  const report = (epoch: number): void =>
    onProgress?.({ what: 'linear: epoch', done: epoch, total: recipe.epochs });
  const inputs = () => ({ train: digestOf(train), test: digestOf(test), classes });
  const { accuracies, finite } = await pieces.json(
    () => ({ piece: 'linear head', ...inputs(), recipe, lr, key: [...key] }),
    () => linearProbe(train, test, classes, recipe, [lr], key, report),
  );
  if (!finite[0]) {
    throw new Error(
      `linear: the head diverged with ${preset} at lr ${lr}; give smaller lrs to choose among.`,
    );
  }
  return accuracies.map(([value]) => 100 * value);
}

/** The smallest of the rates with the largest accuracy. */
export function bestRate(lrs: readonly number[], accuracies: readonly number[]): number {
  const winner = Math.max(...accuracies);
  return Math.min(...lrs.filter((_, at) => accuracies[at] === winner));
}

/** What a sweep depends on beside train and recipe, as JSON. */
export function sweepKey({
  lrs,
  holdOut: which,
  key,
}: {
  lrs?: readonly number[];
  holdOut?: HoldOut;
  key: Key;
}): {
  lrs: readonly number[];
  holdOut: number | number[] | null;
  key: number[];
} {
  return { lrs: lrs ?? [], holdOut: typeof which === 'object' ? [...which] : (which ?? null), key: [...key] };
}

/** Digest of labelled features. */
function digestOf({ features, labels }: LabelledFeatures): string {
  return arrayDigest(features) + arrayDigest(labels);
}
