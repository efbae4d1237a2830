import type { Key } from '@fovea/random';
import { accuracy } from '../metrics/accuracy.ts';
import { checkOptions } from '../protocol/check-options.ts';
import { deterministicPredictions } from '../probes/deterministic-probe.ts';
import type { FeatureSplits } from '../splits/feature-splits.ts';
import type { HoldOut } from '../splits/hold-out.ts';
import { logisticRegression } from '../probes/logistic-regression.ts';
import type { Metric } from '../protocol/metric.ts';
import { classificationMetrics } from '../metrics/classification-metrics.ts';
import { pause } from '../protocol/pause.ts';
import { transferSets } from './transfer-sets.ts';

export interface TransferOptions {
  readonly set: keyof typeof transferSets;
  /** Values of C, compared on held-out train rows. Kornblith et al.: 45 from 1e-6 to 1e5 as penalties; `transferCs` here. */
  readonly Cs: readonly number[];
  /** The set's own validation rows, or a fraction of each class. */
  readonly holdOut: HoldOut;
  readonly key: Key;
}

/**
 * Transfer by a linear classifier on frozen features: logistic regression to its optimum, C chosen on validation rows, then trained on all of train.
 *
 * `transfer.<set>.logistic.C-sweep.top1` or `….mean-per-class`, as `transferSets` says for the set; `chosen.C`. Features as they are.
 *
 * @param splits - features of the set's train and test images, its validation images among train
 * @throws Error for an unknown set, a number of classes that is not the set's, whatever `logisticRegression` refuses
 * @see Kornblith et al. 2019, "Do better ImageNet models transfer better?"
 */
export async function* transfer(
  splits: FeatureSplits,
  options: TransferOptions,
): AsyncGenerator<Metric, void, undefined> {
  checkOptions(options, ['set', 'Cs', 'holdOut', 'key'], 'transfer');
  const { set, Cs, holdOut, key } = options;
  if (!Object.hasOwn(transferSets, set)) {
    throw new Error(`transfer: unknown set ${set}; known are ${Object.keys(transferSets).join(', ')}.`);
  }
  const { classes, score } = transferSets[set];
  if (splits.classes !== classes) {
    throw new Error(`transfer: ${set} has ${classes} classes, the splits say ${splits.classes}.`);
  }
  if (Cs.length < 2) throw new Error('transfer: needs two or more values of C to choose among.');
  await pause();
  const { predictions, labels, chosen } = deterministicPredictions(splits, {
    where: 'transfer',
    prefix: 'logistic',
    parameter: 'C',
    candidates: Cs,
    scale: 'raw',
    holdOut,
    key,
    fit: (train, count, C) => logisticRegression(train, count, { C, precision: 'float32' }),
  });
  const value =
    score === 'top1'
      ? accuracy(predictions, labels)
      : classificationMetrics(oneHot(predictions, classes), labels, classes).balancedAccuracy;
  yield {
    metric: `transfer.${set}.logistic.C-sweep.${score}`,
    value: 100 * value,
    n: labels.length,
    unit: '%',
    direction: 'up',
    chosen,
  };
}

/** Forty-five values of C, the inverses of penalties 1e-6 … 1e5 at equal ratios (Kornblith et al. 2019). */
export const transferCs: readonly number[] = Array.from(
  { length: 45 },
  (_, at) => 10 ** (-5 + (11 * at) / 44),
);

function oneHot(predictions: Int32Array, classes: number): Float32Array {
  const scores = new Float32Array(predictions.length * classes);
  predictions.forEach((prediction, row) => (scores[row * classes + prediction] = 1));
  return scores;
}
