import type { Key } from '@fovea/random';
import { accuracy } from '../metrics/accuracy.ts';
import { checkFeatureSplits, type FeatureSplits, type LabelledFeatures } from '../splits/feature-splits.ts';
import { holdOut, type HoldOut } from '../splits/hold-out.ts';
import { argMaxRows, linearScores } from './linear-scores.ts';
import type { LinearClassifier } from './logistic-regression.ts';
import type { Metric } from '../protocol/metric.ts';
import { scaleFeatures, type FeatureScale } from '../splits/scale-features.ts';

/** A probe without a seed of its own: one hyper-parameter, taken as given or chosen on rows held out of train. */
export interface DeterministicProbe {
  /** Name of the evaluator, for messages. */
  readonly where: string;
  /** Prefix of the metric and name of the hyper-parameter: `ridge`, `alpha`. */
  readonly prefix: string;
  readonly parameter: string;
  /** Candidates; two or more need `holdOut` and `key`. */
  readonly candidates: readonly number[];
  readonly scale: FeatureScale;
  readonly holdOut?: HoldOut;
  readonly key?: Key;
  fit(train: LabelledFeatures, classes: number, candidate: number): LinearClassifier;
}

/** Predictions of a deterministic probe on test. */
export interface DeterministicPredictions {
  readonly predictions: Int32Array;
  /** Of test. */
  readonly labels: Int32Array;
  /** How the parameter stands in a metric's name: `C1`, `C-sweep`. */
  readonly parameter: string;
  readonly chosen?: Readonly<Record<string, number>>;
}

/** Top-1 of a deterministic linear classifier; test is read once, after the choice. */
export function deterministicProbe(splits: FeatureSplits, probe: DeterministicProbe): Metric {
  const { predictions, labels, parameter, chosen } = deterministicPredictions(splits, probe);
  return {
    metric: `${probe.prefix}.${probe.scale}.${parameter}.top1`,
    value: 100 * accuracy(predictions, labels),
    n: labels.length,
    unit: '%',
    direction: 'up',
    ...(chosen && { chosen }),
  };
}

/** Predictions of a deterministic linear classifier; test is read once, after the choice. */
export function deterministicPredictions(
  splits: FeatureSplits,
  probe: DeterministicProbe,
): DeterministicPredictions {
  const { where, parameter, candidates, scale, key } = probe;
  const { train, classes } = splits;
  if (candidates.length === 0) throw new Error(`${where}: needs at least one ${parameter}, got none.`);
  const isChoice = candidates.length > 1;
  if (isChoice !== (probe.holdOut !== undefined && key !== undefined)) {
    throw new Error(
      `${where}: two or more values of ${parameter} need holdOut and key, one value takes neither; a choice is only made on held-out train rows.`,
    );
  }
  const predict = (own: LabelledFeatures, other: LabelledFeatures, candidate: number): Int32Array => {
    const D = own.features.length / own.labels.length;
    const [fitted, scored] = scaleFeatures(scale, D, own.features, other.features);
    const classifier = probe.fit({ features: fitted, labels: own.labels }, classes, candidate);
    return argMaxRows(linearScores(classifier, scored), classes);
  };

  let value = candidates[0];
  if (isChoice && probe.holdOut !== undefined && key !== undefined) {
    const { fit, held } = holdOut(train, probe.holdOut, key);
    const accuracies = candidates.map((candidate) => accuracy(predict(fit, held, candidate), held.labels));
    value = candidates[accuracies.indexOf(Math.max(...accuracies))]; // the first on a tie
  }
  const { test } = splits; // the one read of test
  checkFeatureSplits({ train, test, classes }, where);
  return {
    predictions: predict(train, test, value),
    labels: test.labels,
    parameter: isChoice ? `${parameter}-sweep` : `${parameter}${value}`,
    ...(isChoice && { chosen: { [parameter]: value } }),
  };
}
