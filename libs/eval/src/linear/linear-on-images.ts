import { concatenated } from '@fovea/files';
import { fold, permutation, type Key } from '@fovea/random';
import { tf } from '@fovea/tensorflow';
import { FeatureNorm } from './feature-norm.ts';
import { holdOutRows, type HoldOut } from '../splits/hold-out.ts';
import type { EvalImages } from '../images/eval-images.ts';
import { FrozenForward } from '../images/frozen-forward.ts';
import type { Tap } from '../images/tap.ts';
import { lazily } from '../protocol/lazily.ts';
import { bestRate, sweepKey } from './linear.ts';
import { LinearHeads } from './linear-heads.ts';
import { checkLinearOptions, linearName, type LinearOptions } from './linear-options.ts';
import type { LinearRecipe } from './linear-presets.ts';
import { rateFactor } from './linear-probe.ts';
import type { Metric } from '../protocol/metric.ts';
import { pause } from '../protocol/pause.ts';
import { NO_PIECES } from '../protocol/run-control.ts';

/** A frozen network and labelled images. */
export interface LinearImageTask {
  /** One, or several for a multi-head probe; every tap gets a head of its own over the same forward passes. */
  readonly taps: readonly Tap[];
  readonly train: EvalImages;
  /** Read once, after the learning rate is chosen. */
  readonly test: EvalImages;
  readonly classes: number;
}

export interface LinearOnImagesOptions extends LinearOptions {
  /** Images a forward pass of the frozen network; the recipe's batch is made of several. */
  readonly forwardBatch: number;
}

/** [epochs][taps][rates], accuracies on the evaluated rows. */
type Curve = readonly (readonly (readonly number[])[])[];

/**
 * Linear evaluation with augmentation: every epoch the frozen network (evaluation mode) sees new crops and flips of the train images and the heads take the
 * recipe's steps, as in the sources.
 *
 * `linear.aug.<preset>[.e<epochs>][.b<batch>][.lr-sweep][.<tap>].top1.last` and `….best`, as `linear` has them. With several taps (OpenSelfSup's
 * multi-head) each has a head and, with `lrs`, a rate of its own; where the recipe standardises, a batch norm without affine stands before the head.
 * Test images pass the network once, without augmentation.
 *
 * @throws Error when a head diverges, for labels out of range, and for unknown options
 *
 * @example
 * const task = { taps: [featureTap(backbone, 'features')], train, test, classes: 10 };
 * for await (const { metric, value } of linearOnImages(task, { preset: 'moco', key: key(0), forwardBatch: 256 })) console.log(metric, value);
 */
export async function* linearOnImages(
  task: LinearImageTask,
  options: LinearOnImagesOptions,
): AsyncGenerator<Metric, void, undefined> {
  const recipe = checkLinearOptions(options, 'linearOnImages', ['forwardBatch']);
  const { key, lrs, forwardBatch, pieces = NO_PIECES } = options;
  const { taps, train, classes } = task;
  if (taps.length === 0) throw new Error('linearOnImages: needs at least one tap.');
  if (!(Number.isInteger(forwardBatch) && forwardBatch >= 1)) {
    throw new Error(`linearOnImages: forwardBatch must be an integer >= 1, got ${forwardBatch}.`);
  }
  const inputs = lazily(() => ({
    networks: taps.map((tap) => [tap.name, tap.digest()]),
    train: train.digest,
    classes,
    recipe,
  }));
  const everyRow = Int32Array.from(train.labels.keys());
  let rates = taps.map(() => recipe.lr);
  if (lrs !== undefined) {
    const { fit, held } = holdOutRows(train.labels, options.holdOut as HoldOut, fold(key, 'hold out'));
    const { curve } = await pieces.json(
      () => ({ piece: 'linear on images: rate', ...inputs(), ...sweepKey(options) }),
      () =>
        trainHeads(
          task,
          fit,
          { images: train, rows: held },
          recipe,
          taps.map(() => lrs),
          fold(key, 'sweep'),
          options,
        ),
    );
    rates = curve[curve.length - 1].map((accuracies) => bestRate(lrs, accuracies));
  }
  const { test } = task; // the one read of test
  const rows = Int32Array.from(test.labels.keys());
  const { curve, finite } = await pieces.json(
    () => ({ piece: 'linear on images: head', ...inputs(), test: test.digest, rates, key: [...key] }),
    () =>
      trainHeads(
        task,
        everyRow,
        { images: test, rows },
        recipe,
        rates.map((rate) => [rate]),
        key,
        options,
      ),
  );

  const name = linearName('aug', options);
  for (const [at, tap] of taps.entries()) {
    if (!finite[at]) {
      throw new Error(
        `linearOnImages: the head on ${tap.name} diverged at lr ${rates[at]}; give smaller lrs to choose among.`,
      );
    }
    const percent = curve.map((accuracies) => 100 * accuracies[at][0]);
    const own = taps.length === 1 ? name : `${name}.${tap.name}`;
    const chosen = lrs && { chosen: { lr: rates[at] } };
    const top1 = { n: rows.length, unit: '%', direction: 'up', ...chosen } as const;
    yield { metric: `${own}.top1.last`, value: percent[percent.length - 1], ...top1 };
    yield { metric: `${own}.top1.best`, value: Math.max(...percent), ...top1 };
  }
}

async function trainHeads(
  { taps, train, classes }: Omit<LinearImageTask, 'test'>,
  rows: Int32Array,
  evaluated: { images: EvalImages; rows: Int32Array },
  recipe: LinearRecipe,
  lrs: readonly (readonly number[])[],
  key: Key,
  { forwardBatch, onProgress }: LinearOnImagesOptions,
): Promise<{ curve: Curve; finite: boolean[] }> {
  const shown = await plainFeatures(taps, evaluated, forwardBatch);
  const shownLabels = evaluated.rows.map((row) => evaluated.images.labels[row]);
  const widths = shown.map((features) => features.length / evaluated.rows.length);
  const norms = widths.map((D) => new FeatureNorm(recipe.scale, D));
  const heads = widths.map((D, at) => new LinearHeads(D, classes, lrs[at], recipe, fold(key, taps[at].name)));
  const batch = Math.min(recipe.batch, rows.length);
  const forward = new FrozenForward(taps, Math.ceil(batch / Math.ceil(batch / forwardBatch)));
  const curve: number[][][] = [];
  try {
    for (let epoch = 0; epoch < recipe.epochs; epoch++) {
      const order = permutation(fold(fold(key, 'order'), epoch), rows.length).map((at) => rows[at]);
      for (let start = 0; start < rows.length; start += recipe.batch) {
        const own = order.subarray(start, Math.min(start + recipe.batch, rows.length));
        const images = await train.augmented(own, fold(fold(key, 'views'), epoch));
        const features = forward.features(images, (row) => `train image ${own[row]}`);
        const labels = own.map((row) => train.labels[row]);
        features.forEach((values, at) => {
          const raw_BD = tf.tensor2d(values, [own.length, widths[at]]);
          const x_BD = norms[at].train(raw_BD);
          heads[at].step(x_BD, 0, labels, rateFactor(recipe, epoch));
          tf.dispose([raw_BD, x_BD]);
        });
        await pause();
      }
      curve.push(
        heads.map((head, at) =>
          tf.tidy(() =>
            head.accuracies(
              norms[at].apply(tf.tensor2d(shown[at], [evaluated.rows.length, widths[at]])),
              shownLabels,
            ),
          ),
        ),
      );
      onProgress?.({ what: 'linearOnImages: epoch', done: epoch + 1, total: recipe.epochs });
    }
    return { curve, finite: heads.map((head) => head.finite().every(Boolean)) };
  } finally {
    forward.dispose();
    for (const one of [...heads, ...norms]) one.dispose();
  }
}

/** Features of some rows without augmentation, one array a tap. */
async function plainFeatures(
  taps: readonly Tap[],
  { images, rows }: { images: EvalImages; rows: Int32Array },
  batch: number,
): Promise<Float32Array[]> {
  const forward = new FrozenForward(taps, Math.min(batch, rows.length));
  const parts: Float32Array[][] = [];
  try {
    for (let start = 0; start < rows.length; start += batch) {
      const own = rows.subarray(start, Math.min(start + batch, rows.length));
      parts.push(forward.features(await images.plain(own), (row) => `image ${own[row]}`));
      await pause();
    }
  } finally {
    forward.dispose();
  }
  return taps.map((_, tap) => concatenated(parts.map((part) => part[tap])));
}
