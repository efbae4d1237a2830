import type { Backbone } from '@fovea/backbones';
import {
  featureTap,
  knn,
  linear,
  linearOnImages,
  voc07Costs,
  voc07Svm,
  type EvalImages,
  type Metric,
} from '@fovea/eval';
import { classTargets, type StreamedSet } from '@fovea/data';
import { fold, type Key } from '@fovea/random';
import { denseMetrics } from './evaluate-dense.ts';
import { backgroundMetrics, groundingMetrics } from './evaluate-looking.ts';
import { fineTuningMetrics, transferMetrics } from './evaluate-transfer.ts';
import { featuresOfSets } from './features-of-sets.ts';
import { forwardBatch, labelledImages, someRows } from './image-batches.ts';
import type { RunConfig } from './run-config.ts';
import { inMemory, type RunData, type RunImages } from './run-data.ts';
import { mapVariants } from './scene-data.ts';

/** Every figure that a run's configuration asks of a frozen network. */
export async function evaluateArm(
  backbone: Backbone,
  data: RunData,
  config: Pick<RunConfig, 'evaluation' | 'backbone' | 'data'>,
  key: Key,
): Promise<Metric[]> {
  if (data.test.labels.every((label) => label < 0)) return collect(severalLabels(backbone, data, key));
  const { evaluation } = config;
  const classes = data.test.classes.length;
  const { bank, test, ...others } = await featuresOfSets(
    backbone,
    evaluatedSets(data, config),
    forwardBatch(data.labelled),
  );
  const metrics = await collect(knn({ train: bank, test, classes }, evaluation.knn));
  const linearKey = fold(key, 'linear');
  metrics.push(
    ...(await collect(
      evaluation.linearOn === 'features'
        ? linear({ train: bank, test, classes }, { preset: evaluation.linear, key: linearKey })
        : linearOnImages(
            {
              taps: [featureTap(backbone, 'features')],
              train: labelledImages(data.labelled),
              test: labelledImages(data.test),
              classes,
            },
            { preset: evaluation.linear, key: linearKey, forwardBatch: forwardBatch(data.labelled) },
          ),
    )),
  );
  for (const percent of evaluation.fewLabels && data.few !== null ? ['1', '10'] : []) {
    const few = others[`few/${percent}`];
    const options = { preset: evaluation.linear, key: fold(key, `linear ${percent}`) };
    const found = await collect(linear({ train: few, test, classes }, options));
    metrics.push(
      ...found.map(({ metric, ...rest }) => ({
        ...rest,
        metric: metric.replace('cached', `labels-${percent}pct`),
      })),
    );
  }
  if (data.variants !== null) {
    const variants = mapVariants((variant) => others[`variant/${variant}`]);
    metrics.push(...(await backgroundMetrics(backbone, variants, bank, classes)));
  }
  if (data.scenes !== null && evaluation.grounding) metrics.push(...groundingMetrics(backbone, data.scenes));
  if (data.scenes !== null) {
    metrics.push(...(await collect(denseMetrics(backbone, data.scenes, evaluation, fold(key, 'dense')))));
  }
  if (data.transfer !== null && evaluation.transfer !== null) {
    const { 'transfer/train': from, 'transfer/test': to } = others;
    const splits = { train: from, test: to, classes: data.transfer.test.classes.length };
    metrics.push(...(await collect(transferMetrics(splits, evaluation.transfer, fold(key, 'transfer')))));
  }
  if (evaluation.fineTuning !== null)
    metrics.push(...(await collect(fineTuningMetrics(backbone, data, config))));
  return metrics;
}

/** Every set whose features are evaluated, by name. */
function evaluatedSets(
  { labelled, test, few, variants, transfer }: RunData,
  config: Pick<RunConfig, 'evaluation' | 'data'>,
): Record<string, EvalImages> & Record<'bank' | 'test', EvalImages> {
  const rows = bankRows(labelled, config);
  const named = {
    ...(config.evaluation.fewLabels && few !== null && { 'few/1': few[1], 'few/10': few[10] }),
    ...prefixed('variant', variants ?? {}),
    ...prefixed('transfer', transfer ?? {}),
  };
  const all = labelledImages(labelled);
  return {
    bank: rows === undefined ? all : someRows(all, rows),
    test: labelledImages(test),
    ...Object.fromEntries(Object.entries(named).map(([name, set]) => [name, labelledImages(set)])),
  };
}

function prefixed(prefix: string, sets: Readonly<Record<string, RunImages>>): Record<string, RunImages> {
  return Object.fromEntries(Object.entries(sets).map(([name, set]) => [`${prefix}/${name}`, set]));
}

/** Every so many-th labelled image, where not all their features fit into memory. */
function bankRows(set: RunImages, { data }: Pick<RunConfig, 'data'>): Int32Array | undefined {
  if (data.name !== 'photographs' || data.bankShare === 1) return undefined;
  const count = Math.max(1, Math.round(data.bankShare * set.length));
  return Int32Array.from({ length: count }, (_, row) => Math.floor((row * set.length) / count));
}

/** VOC07: images with several labels, one support vector machine a class. */
async function* severalLabels(
  backbone: Backbone,
  { labelled, test }: RunData,
  key: Key,
): AsyncGenerator<Metric> {
  const split = async (set: RunImages) => {
    if (inMemory(set)) throw new Error(`evaluateArm: ${set.name} has neither labels nor boxes.`);
    const found = await featuresOfSets(backbone, { set: labelledImages(set) }, forwardBatch(set));
    return { features: found.set.features, targets: svmTargets(set) };
  };
  const splits = { train: await split(labelled), test: await split(test), classes: test.classes.length };
  yield* voc07Svm(splits, { costs: voc07Costs, key });
}

/** The set's 1 present, -1 absent, 0 difficult as the evaluator's 1, 0, -1. */
function svmTargets(set: StreamedSet): Int8Array {
  return classTargets(set).map((value) => (value === 1 ? 1 : -1 - value));
}

async function collect(metrics: AsyncIterable<Metric>): Promise<Metric[]> {
  const all: Metric[] = [];
  for await (const metric of metrics) all.push(metric);
  return all;
}
