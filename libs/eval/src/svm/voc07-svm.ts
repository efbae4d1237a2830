import { fold, permutation, type Key } from '@fovea/random';
import { checkOptions } from '../protocol/check-options.ts';
import { checkMatrix } from '../splits/feature-splits.ts';
import { linearSvm, type LinearSvmResult } from './linear-svm.ts';
import { averagePrecision } from '../metrics/average-precision.ts';
import type { Metric } from '../protocol/metric.ts';
import { lazily } from '../protocol/lazily.ts';
import { pause } from '../protocol/pause.ts';
import { arrayDigest, CONTROL, NO_PIECES, type RunControl } from '../protocol/run-control.ts';
import { l2NormalizeRows } from '../splits/scale-features.ts';
import { stratifiedFolds } from '../splits/stratified-folds.ts';

/** Features with several labels each: `targets` [N, K] holds 1 present, 0 absent, -1 difficult. */
export interface MultiLabelFeatures {
  /** [N, D] */
  readonly features: Float32Array;
  /** [N, K] */
  readonly targets: Int8Array;
}

export interface MultiLabelSplits {
  readonly train: MultiLabelFeatures;
  readonly test: MultiLabelFeatures;
  /** K */
  readonly classes: number;
}

/** Positives a class of the low-shot protocol. */
export const voc07Shots: readonly number[] = [1, 2, 4, 8, 16, 32, 64, 96];

/** Costs of OpenSelfSup's protocol: 0.5^19 … 0.5^4, 1, 10, 100. */
export const voc07Costs: readonly number[] = [
  ...Array.from({ length: 16 }, (_, at) => 0.5 ** (19 - at)),
  1,
  10,
  100,
];

export interface Voc07SvmOptions extends RunControl {
  /** Costs to choose among, per class, by 3-fold cross-validated average precision on train. */
  readonly costs: readonly number[];
  /** Order of the SVM's coordinates. */
  readonly key: Key;
}

const FOLDS = 3;

/**
 * VOC07 linear classification by one-vs-rest SVMs on l2-normalised features: `svm.voc07.mAP` and, by the 11-point rule, `svm.voc07.mAP11`.
 *
 * Per class squared hinge, class weights 2 : 1, tolerance 1e-4, at most 2,000 passes (a fit that needs more is used as it is, as in the sources). "Difficult" counts as
 * absent in training and is left out at test. Test is read once, after all costs are chosen; `chosen.cost<class>` says which they were.
 *
 * @throws Error for a class with fewer than 3 positives or negatives in train, or none in test; NaN with its row
 * @see OpenSelfSup benchmarks/svm_tools, VISSL
 */
export async function* voc07Svm(
  splits: MultiLabelSplits,
  options: Voc07SvmOptions,
): AsyncGenerator<Metric, void, undefined> {
  checkOptions(options, ['costs', 'key', ...CONTROL], 'voc07Svm');
  const { classes } = splits;
  const { features, targets } = splits.train;
  const train = prepare({ features, targets }, classes, 'voc07Svm: train');
  const { costs, key, pieces = NO_PIECES, onProgress } = options;
  if (costs.length === 0) throw new Error('voc07Svm: needs at least one cost, got none.');
  const inputs = lazily(() => [arrayDigest(features), arrayDigest(targets)]);
  const machines: LinearSvmResult[] = [];
  const chosen: Record<string, number> = {};
  for (let label = 0; label < classes; label++) {
    await pause();
    const { cost, machine } = await pieces.json(
      () => ({ piece: 'voc07 svm', train: inputs(), classes, label, costs, key: [...key] }),
      () => trainClass(train, targets, classes, label, options),
    );
    chosen[`cost${label}`] = cost;
    machines.push({ ...machine, w: Float64Array.from(machine.w) });
    onProgress?.({ what: 'voc07Svm: class', done: label + 1, total: classes });
  }
  const { test } = splits; // the one read of test
  const metrics = meanAveragePrecision({ test, classes }, machines, 'svm.voc07');
  for (const metric of metrics) yield { ...metric, ...(costs.length > 1 && { chosen }) };
}

function trainClass(
  train: { features: Float32Array; D: number },
  targets: Int8Array,
  classes: number,
  label: number,
  options: Voc07SvmOptions,
): { cost: number; machine: Omit<LinearSvmResult, 'w'> & { w: number[] } } {
  const positive = column(targets, classes, label).map((target) => Number(target === 1));
  const cost = options.costs.length === 1 ? options.costs[0] : chooseCost(train, positive, options);
  const machine = fit(train.features, positive, cost, options.key);
  return { cost, machine: { ...machine, w: Array.from(machine.w) } };
}

export interface LowShotOptions {
  /** Positives a class, with 19 times as many negatives. */
  readonly shots: number;
  /** Random samples of the training set; the mean over them is reported. VOC07: 5. */
  readonly samples: number;
  readonly cost: number;
  readonly key: Key;
}

/**
 * Low-shot VOC07: as `voc07Svm` from `shots` positives and 19 x `shots` negatives a class, mean over random samples: `svm.voc07.k<shots>.C<cost>.mAP`.
 *
 * The cost is given, not chosen: a few positives cannot be cross-validated, and choosing on test, as is often done, is not offered.
 *
 * @throws Error when a class has too few positives or negatives
 */
export async function* voc07LowShot(
  splits: MultiLabelSplits,
  options: LowShotOptions,
): AsyncGenerator<Metric, void, undefined> {
  checkOptions(options, ['shots', 'samples', 'cost', 'key'], 'voc07LowShot');
  const { shots, samples, cost, key } = options;
  const { classes } = splits;
  const { features: raw, targets } = splits.train;
  const train = prepare({ features: raw, targets }, classes, 'voc07LowShot: train');
  const everyMachine: LinearSvmResult[][] = [];
  for (let sample = 0; sample < samples; sample++) {
    await pause();
    const machines = Array.from({ length: classes }, (_, label) => {
      const own = fold(fold(key, sample), label);
      const target = column(targets, classes, label);
      const pick = (value: number, count: number): number[] => {
        const rows = [...target.keys()].filter((row) => target[row] === value);
        if (rows.length < count) {
          throw new Error(
            `voc07LowShot: class ${label} has ${rows.length} rows with target ${value}, needs ${count}.`,
          );
        }
        return Array.from(permutation(fold(own, value), rows.length).subarray(0, count), (at) => rows[at]);
      };
      const rows = [...pick(1, shots), ...pick(0, 19 * shots)];
      const features = gather(train.features, train.D, rows);
      return fit(
        features,
        rows.map((row) => Number(target[row] === 1)),
        cost,
        own,
      );
    });
    everyMachine.push(machines);
  }
  const { test } = splits; // the one read of test
  const rounds = everyMachine.map((machines) => [
    ...meanAveragePrecision({ test, classes }, machines, `svm.voc07.k${shots}.C${cost}`),
  ]);
  yield* rounds[0].map((metric, at) => ({
    ...metric,
    value: rounds.reduce((sum, round) => sum + round[at].value, 0) / samples,
  }));
}

function fit(features: Float32Array, positive: readonly number[], C: number, key: Key): LinearSvmResult {
  return linearSvm(features, positive, { C, wPos: 2, wNeg: 1, tolerance: 1e-4, maxPasses: 2000, key });
}

function chooseCost(
  { features, D }: { features: Float32Array; D: number },
  positive: readonly number[],
  { costs, key }: Voc07SvmOptions,
): number {
  const folds = stratifiedFolds(positive, FOLDS);
  const rowsWhere = (wanted: (fold: number) => boolean): number[] =>
    [...folds.keys()].filter((row) => wanted(folds[row]));
  const quality = costs.map((cost) => {
    let sum = 0;
    for (let out = 0; out < FOLDS; out++) {
      const [inside, outside] = [rowsWhere((at) => at !== out), rowsWhere((at) => at === out)];
      const machine = fit(
        gather(features, D, inside),
        inside.map((row) => positive[row]),
        cost,
        key,
      );
      const scores = decisions(machine, gather(features, D, outside));
      sum += averagePrecision(
        scores,
        outside.map((row) => positive[row]),
        'nonInterpolated',
      );
    }
    return sum;
  });
  return costs[quality.indexOf(Math.max(...quality))];
}

function* meanAveragePrecision(
  { test, classes }: Pick<MultiLabelSplits, 'test' | 'classes'>,
  machines: readonly LinearSvmResult[],
  prefix: string,
): Generator<Metric, void, undefined> {
  const { targets } = test;
  const { features, N } = prepare({ features: test.features, targets }, classes, 'voc07Svm: test');
  const scores = machines.map((machine) => decisions(machine, features));
  for (const [name, kind] of [
    ['mAP', 'nonInterpolated'],
    ['mAP11', 'voc07'],
  ] as const) {
    const values = scores.map((all, label) => {
      const target = column(targets, classes, label);
      const easy = [...target.keys()].filter((row) => target[row] !== -1);
      return averagePrecision(
        easy.map((row) => all[row]),
        easy.map((row) => target[row]),
        kind,
      );
    });
    const value = (100 * values.reduce((sum, ap) => sum + ap, 0)) / classes;
    yield { metric: `${prefix}.${name}`, value, n: N, unit: '%', direction: 'up' };
  }
}

function prepare(
  { features, targets }: MultiLabelFeatures,
  classes: number,
  where: string,
): { features: Float32Array; N: number; D: number } {
  const N = targets.length / classes;
  const D = checkMatrix(features, N, `${where}.features`);
  targets.forEach((target, at) => {
    if (![1, 0, -1].includes(target)) {
      throw new Error(
        `${where}.targets: row ${Math.floor(at / classes)} holds ${target}; 1, 0 and -1 are known.`,
      );
    }
  });
  return { features: new Float32Array(l2NormalizeRows(features, D)), N, D };
}

function decisions({ w, bias }: LinearSvmResult, features: Float32Array): Float64Array {
  const D = w.length;
  return Float64Array.from({ length: features.length / D }, (_, row) => {
    let sum = bias;
    for (let d = 0, at = row * D; d < D; d++, at++) sum += w[d] * features[at];
    return sum;
  });
}

function column(targets: Int8Array, classes: number, label: number): number[] {
  return Array.from({ length: targets.length / classes }, (_, row) => targets[row * classes + label]);
}

function gather(features: Float32Array, D: number, rows: readonly number[]): Float32Array {
  const chosen = new Float32Array(rows.length * D);
  rows.forEach((row, at) => chosen.set(features.subarray(row * D, (row + 1) * D), at * D));
  return chosen;
}
