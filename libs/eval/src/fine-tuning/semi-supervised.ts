import { fold, key as keyOf, type Key } from '@fovea/random';
import { accuracy } from '../metrics/accuracy.ts';
import { checkOptions } from '../protocol/check-options.ts';
import {
  fineTunePresets,
  type FineTunePreset,
  type FineTuneRecipe,
  type LabelShare,
} from './fine-tune-presets.ts';
import { holdOutRows } from '../splits/hold-out.ts';
import type { Metric } from '../protocol/metric.ts';
import { CONTROL, NO_PIECES, type RunControl } from '../protocol/run-control.ts';
import { summary } from '../statistics/summary.ts';

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
  /** Names network, images and preparation; needed with `pieces`. */
  readonly digest?: () => string;
  /** Trains all weights on the given train rows, and on nothing else; a pure function of its arguments. */
  fit(rows: Int32Array, recipe: FineTuneRecipe, key: Key): Promise<FineTuned>;
}

export interface SemiSupervisedOptions extends RunControl {
  readonly preset: FineTunePreset;
  readonly share: LabelShare;
  /** Train rows that keep their labels: a committed list, never drawn at run time; or one list a seed. */
  readonly rows: Int32Array | readonly Int32Array[];
  /** One fine-tuning each. The papers' tables: 1; ours: 5. */
  readonly seeds: readonly number[];
  /** With a grid: share of the labelled rows of each class on which a recipe is chosen. */
  readonly holdOut?: number;
  /** Replaces the recipe's epochs, milestones in proportion; the name of the metric says so. */
  readonly epochs?: number;
}

/**
 * Fine-tuning of all weights: `semi.<share>.<preset>[.e<epochs>].top1` (mean over seeds) and `….sd` with two seeds or more; `finetune.100%.…` with all labels.
 *
 * A grid is searched on rows held out of the labelled ones with the first seed, the recipe with the best held-out accuracy wins (the first on a tie) and is trained on
 * all labelled rows once a seed; OpenSelfSup reports the grid's best *test* accuracy instead. `chosen` holds the winner's rates. Test is
 * predicted after the choice, once a seed. With `pieces`, each finished training is kept.
 *
 * @throws Error for rows that do not exist or repeat, a grid without `holdOut`, no seed, a share that the preset does not have
 */
export async function* semiSupervised(
  task: SemiSupervisedTask,
  options: SemiSupervisedOptions,
): AsyncGenerator<Metric, void, undefined> {
  checkOptions(
    options,
    ['preset', 'share', 'rows', 'seeds', 'holdOut', 'epochs', ...CONTROL],
    'semiSupervised',
  );
  const { preset, share, seeds, epochs, pieces = NO_PIECES, onProgress } = options;
  const lists = seeds.map((_, at) => listOf(options.rows, at, seeds.length));
  const recipes = recipesOf(preset, share, epochs);
  for (const rows of lists) checkRows(rows, task.trainLabels);
  if (seeds.length === 0) throw new Error('semiSupervised: needs at least one seed.');
  if (recipes.length > 1 !== (options.holdOut !== undefined)) {
    throw new Error(`semiSupervised: holdOut goes with a grid, and ${preset} has ${recipes.length} recipes.`);
  }
  if (options.pieces && !task.digest) throw new Error('semiSupervised: pieces need a task with a digest.');
  const piece = (name: string, rows: Int32Array, recipe: FineTuneRecipe, seed: number) => () => ({
    piece: `semi-supervised ${name}`,
    task: task.digest?.(),
    rows: [...rows],
    recipe,
    seed,
  });

  let recipe = recipes[0];
  if (options.holdOut !== undefined) {
    const key = keyOf(seeds[0]);
    const { fit, held } = heldRows(task, lists[0], options.holdOut, key);
    const found: number[] = [];
    for (const candidate of recipes) {
      const measure = async (): Promise<number> => {
        const network = await task.fit(fit, candidate, key);
        const predictions = await network.predictTrain(held);
        network.dispose();
        return accuracy(
          predictions,
          held.map((row) => task.trainLabels[row]),
        );
      };
      found.push(await pieces.json(piece('grid', fit, candidate, seeds[0]), measure));
      onProgress?.({ what: 'semiSupervised: recipe', done: found.length, total: recipes.length });
    }
    recipe = recipes[found.indexOf(Math.max(...found))];
  }
  const values: number[] = [];
  for (const [at, seed] of seeds.entries()) {
    const measure = async (): Promise<number> => {
      const network = await task.fit(lists[at], recipe, keyOf(seed));
      const predictions = await network.predictTest();
      network.dispose();
      return 100 * accuracy(predictions, task.testLabels);
    };
    values.push(await pieces.json(piece('seed', lists[at], recipe, seed), measure));
    onProgress?.({ what: 'semiSupervised: seed', done: values.length, total: seeds.length });
  }

  const prefix = share === '100%' ? 'finetune' : 'semi';
  const name = `${prefix}.${share}.${preset}${epochs === undefined ? '' : `.e${epochs}`}.top1`;
  const chosen =
    recipes.length > 1 ? { chosen: { backboneLr: recipe.backboneLr, headLr: recipe.headLr } } : undefined;
  const n = task.testLabels.length;
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  yield { metric: name, value: mean, n, unit: '%', direction: 'up', ...chosen };
  if (values.length > 1) {
    yield { metric: `${name}.sd`, value: summary(values).sd, n: values.length, unit: '%', direction: 'down' };
  }
}

function recipesOf(preset: FineTunePreset, share: LabelShare, epochs?: number): readonly FineTuneRecipe[] {
  if (!Object.hasOwn(fineTunePresets, preset)) {
    throw new Error(
      `semiSupervised: unknown preset ${preset}; known are ${Object.keys(fineTunePresets).join(', ')}.`,
    );
  }
  const recipes: readonly FineTuneRecipe[] = fineTunePresets[preset][share];
  if (recipes.length === 0) throw new Error(`semiSupervised: ${preset} has no recipe for ${share}.`);
  if (epochs === undefined) return recipes;
  if (!Number.isInteger(epochs) || epochs < 1) {
    throw new Error(`semiSupervised: epochs must be an integer >= 1, got ${epochs}.`);
  }
  return recipes.map((recipe) => {
    const { schedule } = recipe;
    if (schedule === 'cosine') return { ...recipe, epochs };
    const at = schedule.at.map((epoch) => Math.round((epoch * epochs) / recipe.epochs));
    return { ...recipe, epochs, schedule: { at, factor: schedule.factor } };
  });
}

function listOf(rows: SemiSupervisedOptions['rows'], at: number, seeds: number): Int32Array {
  if (rows instanceof Int32Array) return rows;
  if (rows.length !== seeds) {
    throw new Error(
      `semiSupervised: ${rows.length} lists of rows for ${seeds} seeds; give one list a seed, or one for all.`,
    );
  }
  return rows[at];
}

function checkRows(rows: Int32Array, labels: Int32Array): void {
  const seen = new Set<number>();
  for (const row of rows) {
    if (!(row in labels) || seen.has(row)) {
      throw new Error(`semiSupervised: row ${row} repeats or is not in train.`);
    }
    seen.add(row);
  }
}

function heldRows(
  task: SemiSupervisedTask,
  rows: Int32Array,
  fraction: number,
  key: Key,
): { fit: Int32Array; held: Int32Array } {
  const labels = rows.map((row) => task.trainLabels[row]);
  const { fit, held } = holdOutRows(labels, fraction, fold(key, 'hold out'));
  return { fit: fit.map((at) => rows[at]), held: held.map((at) => rows[at]) };
}
