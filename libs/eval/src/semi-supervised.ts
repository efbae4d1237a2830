import { fold, key as keyOf } from '@fovea/random';
import { accuracy } from './accuracy.ts';
import { checkOptions } from './check-options.ts';
import {
  fineTunePresets,
  type FineTunePreset,
  type FineTuneRecipe,
  type LabelShare,
} from './fine-tune-presets.ts';
import { holdOut } from './hold-out.ts';
import type { Metric } from './metric.ts';
import { summary } from './statistics/summary.ts';
import type { Key } from '@fovea/random';

/** A network fine-tuned on some rows. */
export interface FineTuned {
  /** Predicted classes of the given train rows, without augmentation. */
  predictTrain(rows: Int32Array): Promise<Int32Array>;
  /** Predicted classes of all test rows. */
  predictTest(): Promise<Int32Array>;
  /** Frees what the network holds. */
  dispose(): void;
}

/** What is fine-tuned: the pretrained weights are loaded anew in every call of `fit`. */
export interface SemiSupervisedTask {
  /** [N], labels of the whole train split. */
  readonly trainLabels: Int32Array;
  /** [M] */
  readonly testLabels: Int32Array;
  /** Trains all weights on the given train rows, and on nothing else; a pure function of its arguments. */
  fit(rows: Int32Array, recipe: FineTuneRecipe, key: Key): Promise<FineTuned>;
}

export interface SemiSupervisedOptions {
  readonly preset: FineTunePreset;
  readonly share: LabelShare;
  /** Train rows that keep their labels: a committed list, never drawn at run time. */
  readonly rows: Int32Array;
  /** One fine-tuning each. The papers' tables: 1; ours: 5. */
  readonly seeds: readonly number[];
  /** With a grid: share of the labelled rows of each class on which a recipe is chosen. */
  readonly holdOut?: number;
}

/**
 * Fine-tuning on 1 % or 10 % of the labels: `semi.<share>.<preset>.top1` (mean over seeds) and `….sd` with two seeds or more.
 *
 * A grid is searched on rows held out of the labelled ones with the first seed, the recipe with the best held-out accuracy wins (the first on a tie) and is trained on
 * all labelled rows once a seed; OpenSelfSup reports the grid's best *test* accuracy instead. `chosen` holds the winner's rates. Test is
 * predicted after the choice, once a seed.
 *
 * @throws Error for rows that do not exist or repeat, a grid without `holdOut`, no seed
 */
export async function* semiSupervised(
  task: SemiSupervisedTask,
  options: SemiSupervisedOptions,
): AsyncGenerator<Metric, void, undefined> {
  checkOptions(options, ['preset', 'share', 'rows', 'seeds', 'holdOut'], 'semiSupervised');
  const { preset, share, rows, seeds } = options;
  const recipes: readonly FineTuneRecipe[] = fineTunePresets[preset][share];
  const bad = rows.find((row, at) => !(row in task.trainLabels) || rows.indexOf(row) !== at);
  if (bad !== undefined) throw new Error(`semiSupervised: row ${bad} repeats or is not in train.`);
  if (seeds.length === 0) throw new Error('semiSupervised: needs at least one seed.');
  if (recipes.length > 1 !== (options.holdOut !== undefined)) {
    throw new Error(`semiSupervised: holdOut goes with a grid, and ${preset} has ${recipes.length} recipes.`);
  }

  const recipe =
    options.holdOut === undefined
      ? recipes[0]
      : await choose(task, recipes, rows, options.holdOut, keyOf(seeds[0]));
  const values: number[] = [];
  for (const seed of seeds) {
    const network = await task.fit(rows, recipe, keyOf(seed));
    values.push(100 * accuracy(await network.predictTest(), task.testLabels));
    network.dispose();
  }
  const name = `semi.${share}.${preset}.top1`;
  const chosen =
    recipes.length > 1 ? { chosen: { backboneLr: recipe.backboneLr, headLr: recipe.headLr } } : undefined;
  const n = task.testLabels.length;
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  yield { metric: name, value: mean, n, unit: '%', direction: 'up', ...chosen };
  if (values.length > 1) {
    yield { metric: `${name}.sd`, value: summary(values).sd, n: values.length, unit: '%', direction: 'down' };
  }
}

async function choose(
  task: SemiSupervisedTask,
  recipes: readonly FineTuneRecipe[],
  rows: Int32Array,
  fraction: number,
  key: Key,
): Promise<FineTuneRecipe> {
  // The rows travel as one-column "features", so that the split is the one that every probe uses.
  const indexed = { features: Float32Array.from(rows), labels: rows.map((row) => task.trainLabels[row]) };
  const { fit, held } = holdOut(indexed, fraction, fold(key, 'hold out'));
  const [fitRows, heldRows] = [fit, held].map(({ features }) => Int32Array.from(features));
  let best = { recipe: recipes[0], accuracy: -1 };
  for (const recipe of recipes) {
    const network = await task.fit(fitRows, recipe, key);
    const value = accuracy(await network.predictTrain(heldRows), held.labels);
    network.dispose();
    if (value > best.accuracy) best = { recipe, accuracy: value };
  }
  return best.recipe;
}
