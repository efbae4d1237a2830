import type { ByteImage } from '@fovea/augment';
import { fold, type Key } from '@fovea/random';
import { accuracy } from '../metrics/accuracy.ts';
import { checkOptions } from '../protocol/check-options.ts';
import type { Metric } from '../protocol/metric.ts';
import { pause } from '../protocol/pause.ts';
import { CONTROL, NO_PIECES, type RunControl } from '../protocol/run-control.ts';
import { corrupt } from './corrupt.ts';
import { corruptionTypes, type CorruptionSet, type CorruptionType } from './corruption-constants.ts';

/** A classifier and the clean test images. */
export interface CorruptionTask {
  readonly length: number;
  readonly labels: Int32Array;
  image(index: number): ByteImage;
  /** Predicted classes of images, in order. */
  predict(images: readonly ByteImage[]): Int32Array | Promise<Int32Array>;
  /** Names network and images; needed with `pieces`. */
  readonly digest?: string;
}

export interface CorruptionsOptions extends RunControl {
  /** Constants: `cifar-c` for 32 pixels, `tiny-imagenet-c` for 64, `imagenet-c` for 224. */
  readonly set: CorruptionSet;
  readonly key: Key;
  /** Images corrupted and predicted at a time. */
  readonly batch: number;
  readonly types?: readonly CorruptionType[];
  /** Error rates in percent of a reference network, mean over severities, by type: the mCE is then reported. */
  readonly reference?: Readonly<Partial<Record<CorruptionType, number>>>;
}

/**
 * Error under common corruptions: `corruptions.<set>.<type>.error` (mean over severities 1 … 5), `corruptions.<set>.mean-error` and, with `reference`, `corruptions.<set>.mCE` = the mean over types
 * of error / reference error, all in percent; before them `corruptions.clean.error`.
 *
 * Image i meets the same draws in every arm: `fold(key, i)`. Nothing is trained or chosen.
 *
 * @throws Error for a reference that lacks a type, unknown options
 * @see Hendrycks and Dietterich 2019; the mCE's reference there is AlexNet
 */
export async function* corruptions(
  task: CorruptionTask,
  options: CorruptionsOptions,
): AsyncGenerator<Metric, void, undefined> {
  checkOptions(options, ['set', 'key', 'batch', 'types', 'reference', ...CONTROL], 'corruptions');
  const { set, key, types = corruptionTypes, reference, pieces = NO_PIECES, onProgress } = options;
  if (options.pieces && task.digest === undefined)
    throw new Error('corruptions: pieces need a task with a digest.');
  const lacking = reference && types.find((type) => !((reference[type] ?? 0) > 0));
  if (lacking) throw new Error(`corruptions: reference has no error > 0 for ${lacking}.`);
  const n = task.length;
  const rest = { n, unit: '%', direction: 'down' } as const;
  const measure = (type: CorruptionType | null, severity: number): Promise<number> =>
    pieces.json(
      () => ({ piece: 'corruption', task: task.digest, set, type, severity, key: [...key] }),
      () => errorOf(task, options, type, severity),
    );
  yield { metric: 'corruptions.clean.error', value: await measure(null, 0), ...rest };
  const errors: number[] = [];
  for (const [at, type] of types.entries()) {
    let sum = 0;
    for (let severity = 1; severity <= 5; severity++) {
      sum += await measure(type, severity);
      onProgress?.({ what: 'corruptions: severity', done: 5 * at + severity, total: 5 * types.length });
    }
    errors.push(sum / 5);
    yield { metric: `corruptions.${set}.${type}.error`, value: sum / 5, ...rest };
  }
  const mean = (values: readonly number[]): number =>
    values.reduce((sum, value) => sum + value, 0) / values.length;
  yield { metric: `corruptions.${set}.mean-error`, value: mean(errors), ...rest };
  if (reference) {
    const ratios = errors.map((error, at) => (100 * error) / (reference[types[at]] ?? NaN));
    yield { metric: `corruptions.${set}.mCE`, value: mean(ratios), ...rest };
  }
}

async function errorOf(
  task: CorruptionTask,
  { set, key, batch }: CorruptionsOptions,
  type: CorruptionType | null,
  severity: number,
): Promise<number> {
  const predictions = new Int32Array(task.length);
  for (let start = 0; start < task.length; start += batch) {
    const images = Array.from({ length: Math.min(batch, task.length - start) }, (_, at) => {
      const image = task.image(start + at);
      return type === null ? image : corrupt(image, { type, severity, set }, fold(key, start + at));
    });
    predictions.set(await task.predict(images), start);
    await pause();
  }
  return 100 * (1 - accuracy(predictions, task.labels));
}
