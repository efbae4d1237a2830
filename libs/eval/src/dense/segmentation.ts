import { batchNorm, convolution, Parameters } from '@fovea/backbones';
import { concatenated } from '@fovea/files';
import { fold, permutation, type Key } from '@fovea/random';
import { compile, resizeBilinear, tf, type Scalar, type Tensor, type Tensor4D } from '@fovea/tensorflow';
import { checkOptions } from '../protocol/check-options.ts';
import { holdOutRows } from '../splits/hold-out.ts';
import type { NetworkBatch } from '../images/eval-images.ts';
import type { Tap } from '../images/tap.ts';
import { lazily } from '../protocol/lazily.ts';
import { bestRate } from '../linear/linear.ts';
import type { Metric } from '../protocol/metric.ts';
import { segmentationIoU } from '../metrics/segmentation-iou.ts';
import { pause } from '../protocol/pause.ts';
import { CONTROL, NO_PIECES, type RunControl } from '../protocol/run-control.ts';
import { denseRate, HeadTrainer, stepRows, type DenseRecipe } from './head-trainer.ts';
import { readBack } from '../protocol/read-back.ts';

/** Images of one size with the class of every pixel. */
export interface SegmentationImages {
  readonly length: number;
  /** SHA-256 that names images, masks and preparation. */
  readonly digest: string;
  images(rows: Int32Array): NetworkBatch | Promise<NetworkBatch>;
  /** [rows, H, W], a class or 255, which is left out of loss and score. */
  masks(rows: Int32Array): Uint8Array;
}

export interface SegmentationTask {
  /** Frozen feature map. */
  readonly tap: Tap<Tensor4D>;
  readonly train: SegmentationImages;
  /** Read once, after the learning rate is chosen. */
  readonly test: SegmentationImages;
  /** Classes of pixels, background included. */
  readonly classes: number;
}

export interface SegmentationOptions extends RunControl {
  /** `linear`: batch norm and a 1x1 convolution; `fcn`: two 3x3 convolutions with batch norm and ReLU of `channels` before it. */
  readonly head: 'linear' | 'fcn';
  /** Of the FCN head; mmsegmentation: 256. */
  readonly channels: number;
  readonly recipe: DenseRecipe;
  readonly key: Key;
  /** Learning rates to choose among on held-out train images. */
  readonly lrs?: readonly number[];
  /** Held-out fraction of the train images, with `lrs`. */
  readonly holdOut?: number;
}

const IGNORED = 255;

/**
 * Semantic segmentation by a head on a frozen feature map: `seg.<head>.<steps>steps[.lr-sweep].mIoU` and `….pixel-accuracy`, in percent.
 *
 * Logits are resized bilinearly to the image before loss and prediction; softmax cross-entropy over the pixels that are not 255, momentum 0.9, horizontal flips. mIoU is
 * the mean over classes that occur in prediction or truth of the whole test split.
 *
 * @throws Error for masks that hold other values, a loss that is not finite, unknown options
 */
export async function* segmentation(
  task: SegmentationTask,
  options: SegmentationOptions,
): AsyncGenerator<Metric, void, undefined> {
  checkOptions(options, ['head', 'channels', 'recipe', 'key', 'lrs', 'holdOut', ...CONTROL], 'segmentation');
  const { head, recipe, key, lrs, holdOut, pieces = NO_PIECES, onProgress } = options;
  const { tap, train, classes } = task;
  if ((lrs === undefined) !== (holdOut === undefined)) {
    throw new Error(
      'segmentation: lrs and holdOut go together: a rate is only ever chosen on held-out images.',
    );
  }
  const inputs = lazily(() => ({ network: [tap.name, tap.digest()], train: train.digest, classes, head }));
  const settings = { recipe, channels: options.channels, key: [...key] };
  const everyRow = Int32Array.from({ length: train.length }, (_, row) => row);
  let lr = recipe.lr;
  if (lrs !== undefined && holdOut !== undefined) {
    // Images have no one class, so all are one class to the split.
    const { fit, held } = holdOutRows(new Int32Array(train.length), holdOut, fold(key, 'hold out'));
    const scores: number[] = [];
    for (const candidate of lrs) {
      scores.push(
        await pieces.json(
          () => ({ piece: 'segmentation rate', ...inputs(), ...settings, candidate, holdOut }),
          async () => (await run(task, fit, { images: train, rows: held }, candidate, options)).miou,
        ),
      );
      onProgress?.({ what: 'segmentation: rate', done: scores.length, total: lrs.length });
    }
    lr = bestRate(lrs, scores);
  }
  const { test } = task; // the one read of test
  const rows = Int32Array.from({ length: test.length }, (_, row) => row);
  const { miou, pixelAccuracy } = await pieces.json(
    () => ({ piece: 'segmentation', ...inputs(), ...settings, lr, test: test.digest }),
    async () => {
      const found = await run(task, everyRow, { images: test, rows }, lr, options);
      return { miou: found.miou, pixelAccuracy: found.pixelAccuracy };
    },
  );
  const name = `seg.${head}.${recipe.steps}steps${lrs === undefined ? '' : '.lr-sweep'}`;
  const rest = { n: test.length, unit: '%', direction: 'up', ...(lrs && { chosen: { lr } }) } as const;
  yield { metric: `${name}.mIoU`, value: 100 * miou, ...rest };
  yield { metric: `${name}.pixel-accuracy`, value: 100 * pixelAccuracy, ...rest };
}

async function run(
  { tap, train, classes }: Omit<SegmentationTask, 'test'>,
  rows: Int32Array,
  evaluated: { images: SegmentationImages; rows: Int32Array },
  lr: number,
  { head, channels, recipe, key, onProgress }: SegmentationOptions,
): Promise<{ miou: number; pixelAccuracy: number }> {
  const parameters = new Parameters(fold(key, 'head'));
  const width = await mapWidth(tap, train, rows);
  const layers = makeHead(parameters, head, width, channels, classes);
  const logits = (images: Tensor, mode: 'train' | 'eval'): Tensor4D =>
    resizeBilinear(layers(tap.features(images), mode), [images.shape[1] ?? 0, images.shape[2] ?? 0]);
  const trainer = new HeadTrainer(parameters, recipe.weightDecay, ([images, masks, flip]) => {
    const mirrored = (x: Tensor4D): Tensor4D =>
      tf.add(tf.mul(x, tf.sub(1, flip)), tf.mul(tf.reverse(x, 2), flip));
    return pixelLoss(logits(mirrored(images as Tensor4D), 'train'), mirrored(masks as Tensor4D), classes);
  });
  const predict = compile((images: Tensor) => tf.argMax(logits(images, 'eval'), 3), { name: 'segmentation' });
  try {
    const order = (epoch: number): Int32Array =>
      permutation(fold(fold(key, 'order'), epoch), rows.length).map((at) => rows[at]);
    for (let step = 0; step < recipe.steps; step++) {
      const own = stepRows(order, Math.min(recipe.batch, rows.length), step);
      const { data, shape } = await train.images(own);
      const tensors = tf.tidy(() => [
        tf.tensor4d(data, shape as Tensor4D['shape']),
        tf.tensor4d(checkMasks(train.masks(own), classes), [shape[0], shape[1], shape[2], 1]).toFloat(),
        tf
          .tensor4d(
            own.map((_, at) => permutation(fold(fold(key, 'flip'), step * 65536 + at), 2)[0]),
            [own.length, 1, 1, 1],
          )
          .toFloat(),
      ]);
      trainer.step(tensors, lr * denseRate(recipe, step), 'segmentation');
      tf.dispose(tensors);
      await pause();
      onProgress?.({ what: 'segmentation: step', done: step + 1, total: recipe.steps });
    }
    return await score(predict, evaluated, recipe.batch, classes);
  } finally {
    trainer.dispose();
    predict.dispose();
    parameters.dispose();
  }
}

function makeHead(
  parameters: Parameters,
  head: SegmentationOptions['head'],
  inputs: number,
  channels: number,
  classes: number,
): (x: Tensor, mode: 'train' | 'eval') => Tensor {
  const bias = (x: Tensor): Tensor => tf.add(x, shift);
  const shift = parameters.weight('classify.bias', [classes], (_, shape) => tf.zeros(shape));
  if (head === 'linear') {
    const norm = batchNorm(parameters, 'bn', { channels: inputs, affine: false });
    const classify = convolution(parameters, 'classify', { inputs, outputs: classes, kernel: 1 });
    return (x, mode) => bias(classify(norm(x, mode), mode));
  }
  const tower = [inputs, channels].map((width, at) => ({
    conv: convolution(parameters, `conv${at}`, { inputs: width, outputs: channels, kernel: 3 }),
    norm: batchNorm(parameters, `bn${at}`, { channels }),
  }));
  const classify = convolution(parameters, 'classify', { inputs: channels, outputs: classes, kernel: 1 });
  return (x, mode) => {
    const last = tower.reduce((y, { conv, norm }) => tf.relu(norm(conv(y, mode), mode)), x);
    return bias(classify(last, mode));
  };
}

/** Mean cross-entropy over the pixels that are not ignored. */
function pixelLoss(logits_NHWC: Tensor4D, masks_NHW1: Tensor4D, classes: number): Scalar {
  const labels_P = tf.reshape(masks_NHW1, [-1]);
  const counted_P = tf.cast(tf.notEqual(labels_P, IGNORED), 'float32');
  const logP_PC = tf.logSoftmax(tf.reshape(logits_NHWC, [-1, classes]));
  const target_PC = tf.oneHot(tf.cast(tf.mul(labels_P, counted_P), 'int32'), classes).toFloat();
  const loss_P = tf.neg(tf.sum(tf.mul(logP_PC, target_PC), 1));
  return tf.div(tf.sum(tf.mul(loss_P, counted_P)), tf.maximum(tf.sum(counted_P), 1));
}

async function score(
  predict: (images: Tensor) => Tensor,
  { images, rows }: { images: SegmentationImages; rows: Int32Array },
  batch: number,
  classes: number,
): Promise<{ miou: number; pixelAccuracy: number }> {
  const predictions: Uint8Array[] = [];
  const truths: Uint8Array[] = [];
  for (let start = 0; start < rows.length; start += batch) {
    const own = rows.subarray(start, Math.min(start + batch, rows.length));
    const { data, shape } = await images.images(own);
    const [found] = readBack<Int32Array>(() => [predict(tf.tensor4d(data, shape as Tensor4D['shape']))]);
    predictions.push(Uint8Array.from(found));
    truths.push(checkMasks(images.masks(own), classes));
    await pause();
  }
  return segmentationIoU(concatenated(predictions), concatenated(truths), {
    numClasses: classes,
    ignoreIndex: IGNORED,
  });
}

async function mapWidth(tap: Tap<Tensor4D>, train: SegmentationImages, rows: Int32Array): Promise<number> {
  const { data, shape } = await train.images(rows.subarray(0, 1));
  return tf.tidy(() => tap.features(tf.tensor4d(data, shape as Tensor4D['shape'])).shape[3]);
}

function checkMasks(masks: Uint8Array, classes: number): Uint8Array {
  const bad = masks.findIndex((value) => value >= classes && value !== IGNORED);
  if (bad >= 0)
    throw new Error(
      `segmentation: pixel ${bad} holds ${masks[bad]}; classes lie in [0, ${classes}), 255 is ignored.`,
    );
  return masks;
}
