import { fold, type Key } from '@fovea/random';
import { checkOptions } from './check-options.ts';
import { checkFeatureSplits, type FeatureSplits } from './feature-splits.ts';
import { holdOut } from './hold-out.ts';
import { linearPresets, type LinearPreset, type LinearRecipe } from './linear-presets.ts';
import { linearProbe } from './linear-probe.ts';
import type { Metric } from './metric.ts';

export interface LinearOptions {
  readonly preset: LinearPreset;
  /** Head initialisation, batch order and the held-out rows. */
  readonly key: Key;
  /** Learning rates to choose among on held-out train rows; without it the preset's own is used as it stands. */
  readonly lrs?: readonly number[];
  /** Held-out fraction of train for the choice, of each class; needed with `lrs` and only then. */
  readonly holdOut?: number;
  /** Replaces the preset's epochs; the name of the metric says so. */
  readonly epochs?: number;
  /** Replaces the preset's batch; the name of the metric says so. The learning rate is not rescaled. */
  readonly batch?: number;
}

/**
 * Linear evaluation on cached frozen features, in percent.
 *
 * `linear.cached.<preset>[.e<epochs>][.b<batch>][.lr-sweep].top1.last` is the accuracy after the last epoch; `….top1.best` is the best
 * epoch *on the test split*, which DINO and BAM report: an optimistic number, never to be chosen by. With `lrs`, the rate
 * with the best last-epoch accuracy on rows held out of train wins (the smaller on a tie), and the head is trained again on all of train;
 * test is first read after the choice, and `chosen.lr` says which it was.
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
  checkOptions(options, ['preset', 'key', 'lrs', 'holdOut', 'epochs', 'batch'], 'linear');
  const { preset, key, lrs, epochs, batch } = options;
  if (!Object.hasOwn(linearPresets, preset)) {
    throw new Error(`linear: unknown preset ${preset}; known are ${Object.keys(linearPresets).join(', ')}.`);
  }
  if ((lrs === undefined) !== (options.holdOut === undefined)) {
    throw new Error(
      'linear: lrs and holdOut go together: a learning rate is only ever chosen on held-out train rows.',
    );
  }
  for (const [name, count] of Object.entries({ epochs, batch })) {
    if (count !== undefined && !(Number.isInteger(count) && count >= 1)) {
      throw new Error(`linear: ${name} must be an integer >= 1, got ${count}.`);
    }
  }
  const recipe: LinearRecipe = {
    ...linearPresets[preset],
    ...(epochs === undefined ? {} : { epochs }),
    ...(batch === undefined ? {} : { batch }),
  };

  const lr =
    lrs === undefined || options.holdOut === undefined
      ? recipe.lr
      : await chooseRate(splits, recipe, lrs, options.holdOut, key);
  const { M } = checkFeatureSplits(splits, 'linear');
  const { accuracies, finite } = await linearProbe(
    splits.train,
    splits.test,
    splits.classes,
    recipe,
    [lr],
    key,
  );
  if (!finite[0]) {
    throw new Error(
      `linear: the head diverged with ${preset} at lr ${lr}; give smaller lrs to choose among.`,
    );
  }

  const percent = accuracies.map(([value]) => 100 * value);
  const name = [
    `linear.cached.${preset}`,
    ...(epochs === undefined ? [] : [`e${epochs}`]),
    ...(batch === undefined ? [] : [`b${batch}`]),
    ...(lrs === undefined ? [] : ['lr-sweep']),
  ].join('.');
  const top1 = { n: M, unit: '%', direction: 'up', ...(lrs && { chosen: { lr } }) } as const;
  yield { metric: `${name}.top1.last`, value: percent[percent.length - 1], ...top1 };
  yield { metric: `${name}.top1.best`, value: Math.max(...percent), ...top1 };
}

/** The learning rate whose last epoch is best on rows held out of train; reads `splits.train` only. */
async function chooseRate(
  { train, classes }: Pick<FeatureSplits, 'train' | 'classes'>,
  recipe: LinearRecipe,
  lrs: readonly number[],
  fraction: number,
  key: Key,
): Promise<number> {
  const { fit, held } = holdOut(train, fraction, fold(key, 'hold out'));
  const { accuracies } = await linearProbe(fit, held, classes, recipe, lrs, fold(key, 'sweep'));
  const last = accuracies[accuracies.length - 1];
  const winner = Math.max(...last);
  return Math.min(...lrs.filter((_, at) => last[at] === winner));
}
