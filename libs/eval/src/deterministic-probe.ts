import type { Key } from '@fovea/random';
import { accuracy } from './accuracy.ts';
import { checkFeatureSplits, type FeatureSplits, type LabelledFeatures } from './feature-splits.ts';
import { holdOut } from './hold-out.ts';
import { argMaxRows, linearScores } from './linear-scores.ts';
import type { LinearClassifier } from './logistic-regression.ts';
import type { Metric } from './metric.ts';
import { scaleFeatures, type FeatureScale } from './scale-features.ts';

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
  readonly holdOut?: number;
  readonly key?: Key;
  fit(train: LabelledFeatures, classes: number, candidate: number): LinearClassifier;
}

/** Top-1 of a deterministic linear classifier; test is first read after the choice. */
export function deterministicProbe(splits: FeatureSplits, probe: DeterministicProbe): Metric {
  const { where, prefix, parameter, candidates, scale, key } = probe;
  if (candidates.length === 0) throw new Error(`${where}: needs at least one ${parameter}, got none.`);
  const isChoice = candidates.length > 1;
  if (isChoice !== (probe.holdOut !== undefined && key !== undefined)) {
    throw new Error(
      `${where}: two or more values of ${parameter} need holdOut and key, one value takes neither; a choice is only made on held-out train rows.`,
    );
  }
  const score = (train: LabelledFeatures, test: LabelledFeatures, candidate: number): number => {
    const D = train.features.length / train.labels.length;
    const [fitFeatures, testFeatures] = scaleFeatures(scale, D, train.features, test.features);
    const classifier = probe.fit({ features: fitFeatures, labels: train.labels }, splits.classes, candidate);
    return accuracy(argMaxRows(linearScores(classifier, testFeatures), splits.classes), test.labels);
  };

  let chosen = candidates[0];
  if (isChoice && probe.holdOut !== undefined && key !== undefined) {
    const { fit, held } = holdOut(splits.train, probe.holdOut, key);
    const accuracies = candidates.map((candidate) => score(fit, held, candidate));
    chosen = candidates[accuracies.indexOf(Math.max(...accuracies))]; // the first on a tie
  }
  const { M } = checkFeatureSplits(splits, where);
  return {
    metric: `${prefix}.${scale}.${isChoice ? `${parameter}-sweep` : `${parameter}${chosen}`}.top1`,
    value: 100 * score(splits.train, splits.test, chosen),
    n: M,
    unit: '%',
    direction: 'up',
    ...(isChoice && { chosen: { [parameter]: chosen } }),
  };
}
