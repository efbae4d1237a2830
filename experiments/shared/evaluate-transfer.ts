import type { Backbone } from '@fovea/backbones';
import { fineTuning, semiSupervised, transfer, type LabelledFeatures, type Metric } from '@fovea/eval';
import { backboneOf } from '@fovea/methods';
import { key as keyOf, type Key } from '@fovea/random';
import { forwardBatch, labelledImages } from './image-batches.ts';
import { tf } from '@fovea/tensorflow';
import type { RunConfig } from './run-config.ts';
import type { RunData } from './run-data.ts';

/** Penalties of the transfer's logistic regression, a short list of the protocol's forty-five. */
const TRANSFER_CS = [1e-4, 1e-3, 1e-2];
const HELD_OUT = 0.2;

/** Transfer to another set by logistic regression on frozen features. */
export async function* transferMetrics(
  splits: { readonly train: LabelledFeatures; readonly test: LabelledFeatures; readonly classes: number },
  { set }: NonNullable<RunConfig['evaluation']['transfer']>,
  key: Key,
): AsyncGenerator<Metric> {
  yield* transfer(splits, { set, Cs: TRANSFER_CS, holdOut: HELD_OUT, key });
}

const GRID_HELD_OUT = 0.2;

/** Fine-tuning of all weights on 1 % and on 10 % of the labels. */
export async function* fineTuningMetrics(
  backbone: Backbone,
  { few, test }: Pick<RunData, 'few' | 'test'>,
  { evaluation: { fineTuning: wanted }, backbone: options }: Pick<RunConfig, 'evaluation' | 'backbone'>,
): AsyncGenerator<Metric> {
  if (wanted === null || few === null) return;
  const { preset, epochs, percent: shares } = wanted;
  for (const percent of shares) {
    const train = labelledImages(few[percent]);
    const task = fineTuning({
      backbone: () => copied(backbone, options),
      train,
      test: labelledImages(test),
      classes: test.classes.length,
      forwardBatch: forwardBatch(test),
    });
    yield* semiSupervised(task, {
      preset,
      share: `${percent}%`,
      rows: Int32Array.from(train.labels.keys()),
      seeds: [0],
      ...(preset === 'openselfsup-grid' && { holdOut: GRID_HELD_OUT }),
      ...(epochs !== null && { epochs }),
    });
  }
}

/** A network of the same weights and running statistics, whose variables are its own. */
function copied({ parameters }: Backbone, options: RunConfig['backbone']): Backbone {
  const copy = backboneOf(options, keyOf(0));
  for (const kind of ['weights', 'statistics'] as const) {
    for (const [name, variable] of copy.parameters[kind]) {
      const value = parameters[kind].get(name);
      if (value === undefined) throw new Error(`fineTuningMetrics: the trained network has no ${name}.`);
      // Values of their own: assign alone would leave both variables with one buffer.
      tf.tidy(() => variable.assign(tf.tensor(value.dataSync(), value.shape)));
    }
  }
  return copy;
}
