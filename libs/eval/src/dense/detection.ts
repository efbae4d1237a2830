import { Parameters } from '@fovea/backbones';
import { fold, permutation, type Key } from '@fovea/random';
import { compile, resizeBilinear, tf, type Tensor, type Tensor4D } from '@fovea/tensorflow';
import { checkOptions } from '../protocol/check-options.ts';
import type { NetworkBatch } from '../images/eval-images.ts';
import type { Tap } from '../images/tap.ts';
import type { Metric } from '../protocol/metric.ts';
import { cocoDetectionAp } from '../metrics/coco-detection-ap.ts';
import { nms } from '../metrics/nms.ts';
import { vocDetectionAp } from '../metrics/voc-detection-ap.ts';
import { pause } from '../protocol/pause.ts';
import { CONTROL, NO_PIECES, type RunControl } from '../protocol/run-control.ts';
import { fcosHead, fcosLoss, type FcosOutput } from './fcos-head.ts';
import { fcosTargets, type DetectionObject } from './fcos-targets.ts';
import { denseRate, HeadTrainer, stepRows, type DenseRecipe } from './head-trainer.ts';
import { readBack } from '../protocol/read-back.ts';

/** Images of one size with the objects of each. */
export interface DetectionImages {
  readonly length: number;
  /** SHA-256 that names images, objects and preparation. */
  readonly digest: string;
  images(rows: Int32Array): NetworkBatch | Promise<NetworkBatch>;
  objects(row: number): readonly DetectionObject[];
}

export interface DetectionTask {
  /** Frozen feature map. */
  readonly tap: Tap<Tensor4D>;
  readonly train: DetectionImages;
  /** Read once, after training. */
  readonly test: DetectionImages;
  readonly classes: number;
}

export interface DetectionOptions extends RunControl {
  /** Width of the head's convolutions. */
  readonly channels: number;
  /** The map is enlarged bilinearly by this factor before the head, for small images: 1, 2 or 4. */
  readonly enlarge: 1 | 2 | 4;
  readonly recipe: DenseRecipe;
  readonly key: Key;
}

/** Boxes found in the test images, image after image. */
export interface FoundBoxes {
  /** (x0, y0, x1, y1) in pixels. */
  readonly boxes: number[];
  readonly images: number[];
  readonly classes: number[];
  readonly scores: number[];
}

const [LEAST, OVERLAP, MOST] = [0.05, 0.6, 100]; // score kept, NMS threshold, boxes an image (FCOS)

/**
 * Detection transfer: a compact FCOS head on a frozen feature map, in percent.
 *
 * `det.fcos.<steps>steps.AP`, `….AP50`, `….AP75` by COCO's rules and `….voc07-AP50`, `….voc-AP50` by Pascal's (means over the classes with a true box). One map, focal and GIoU loss with centre
 * sampling, flips, momentum 0.9; boxes with class probability x centreness above 0.05, NMS at 0.6 a class, the best 100 an image. Nothing is chosen. Ignored objects
 * (crowd, difficult) are left out of targets and truth, where COCO and VOC would forgive detections on them.
 *
 * A substitute that measures features, not the papers' detectors (Faster and Mask R-CNN), whose figures are of another scale.
 *
 * @throws Error for labels out of range, a loss that is not finite, a test split without objects
 */
export async function* detection(
  task: DetectionTask,
  options: DetectionOptions,
): AsyncGenerator<Metric, void, undefined> {
  checkOptions(options, ['channels', 'enlarge', 'recipe', 'key', ...CONTROL], 'detection');
  const found = await findBoxes(task, options);
  const { test } = task;
  const name = `det.fcos.${options.recipe.steps}steps`;
  const rest = { n: test.length, unit: '%', direction: 'up' } as const;
  for (const [kind, value] of Object.entries(scoreBoxes(test, found))) {
    yield { metric: `${name}.${kind}`, value: 100 * value, ...rest };
  }
}

/** Trains the detection head and applies it to the test images. */
export function findBoxes(task: DetectionTask, options: DetectionOptions): Promise<FoundBoxes> {
  const { recipe, channels, enlarge, key, pieces = NO_PIECES } = options;
  const { tap, train, classes } = task;
  return pieces.json(
    () => ({
      piece: 'detection',
      network: [tap.name, tap.digest()],
      images: [train.digest, task.test.digest],
      settings: { classes, recipe, channels, enlarge, key: [...key] },
    }),
    () => run(task, options),
  );
}

/** Scores of found boxes by the rules of COCO and of VOC, each in [0, 1]. */
function scoreBoxes(test: DetectionImages, found: FoundBoxes): Record<string, number> {
  const truth = { boxes: [] as number[], images: [] as number[], classes: [] as number[] };
  for (let image = 0; image < test.length; image++) {
    for (const { box, label, ignore } of test.objects(image)) {
      if (ignore === true) continue;
      truth.boxes.push(...box);
      truth.images.push(image);
      truth.classes.push(label);
    }
  }
  const coco = (boxes: readonly number[]): number[] =>
    boxes.map((value, at) => (at % 4 < 2 ? value : value - boxes[at - 2]));
  const { AP, AP50, AP75 } = cocoDetectionAp(
    { ...truth, boxes: coco(truth.boxes) },
    { ...found, boxes: coco(found.boxes) },
  );
  const classes = [...new Set(truth.classes)];
  const voc = (kind: 'voc07' | 'vocArea'): number => {
    const values = classes.map((label) => {
      const own = ofClass(truth, label);
      const difficult = own.images.map(() => 0);
      return vocDetectionAp({ ...own, difficult }, ofClass(found, label), { kind, threshold: 0.5 });
    });
    return values.reduce((sum, value) => sum + value, 0) / values.length;
  };
  return { AP, AP50, AP75, 'voc07-AP50': voc('voc07'), 'voc-AP50': voc('vocArea') };
}

function ofClass(
  set: {
    boxes: readonly number[];
    images: readonly number[];
    classes: readonly number[];
    scores?: readonly number[];
  },
  label: number,
): { boxes: number[]; images: number[]; scores: number[] } {
  const rows = [...set.classes.keys()].filter((at) => set.classes[at] === label);
  return {
    boxes: rows.flatMap((at) => set.boxes.slice(4 * at, 4 * at + 4)),
    images: rows.map((at) => set.images[at]),
    scores: rows.map((at) => set.scores?.[at] ?? 0),
  };
}

async function run(task: DetectionTask, options: DetectionOptions): Promise<FoundBoxes> {
  const { tap, train, classes } = task;
  const { channels, enlarge, recipe, key, onProgress } = options;
  const larger = (images: Tensor): Tensor4D => {
    const map = tap.features(images);
    return enlarge === 1 ? map : resizeBilinear(map, [map.shape[1] * enlarge, map.shape[2] * enlarge]);
  };
  const first = await train.images(Int32Array.of(0));
  const [, rows, columns, inputs] = tf.tidy(() => larger(tensor(first)).shape);
  const stride = first.shape[1] / rows;
  const parameters = new Parameters(fold(key, 'head'));
  const head = fcosHead(parameters, { inputs, channels, classes });
  const trainer = new HeadTrainer(parameters, recipe.weightDecay, ([images, labels, sides, centres]) =>
    fcosLoss(head(larger(images), 'train'), labels, sides, centres),
  );
  const predict = compile(
    (images: Tensor): FcosOutput => {
      const output = head(larger(images), 'eval');
      const scores = tf.mul(
        tf.sigmoid(output.logits_BPC),
        tf.expandDims(tf.sigmoid(output.centreness_BP), 2),
      );
      return { ...output, logits_BPC: scores };
    },
    { name: 'detection' },
  );
  try {
    const order = (epoch: number): Int32Array => permutation(fold(fold(key, 'order'), epoch), train.length);
    for (let step = 0; step < recipe.steps; step++) {
      const own = stepRows(order, Math.min(recipe.batch, train.length), step);
      const isFlipped = permutation(fold(fold(key, 'flip'), step), 2)[0] === 1;
      const batch = await train.images(own);
      const objects = Array.from(own, (row) => checkObjects(train.objects(row), classes, row));
      const width = batch.shape[2];
      const targets = fcosTargets(
        isFlipped ? objects.map((list) => list.map((one) => mirrored(one, width))) : objects,
        rows,
        columns,
        stride,
      );
      const tensors = tf.tidy(() => {
        const images = tensor(batch);
        const shape: [number, number] = [own.length, rows * columns];
        return [
          isFlipped ? tf.reverse(images, 2) : images,
          oneHot(tf.tensor3d(targets.labels, [...shape, 1], 'int32'), classes),
          tf.tensor3d(targets.distances, [...shape, 4]),
          tf.tensor2d(targets.centreness, shape),
        ];
      });
      trainer.step(tensors, recipe.lr * denseRate(recipe, step), 'detection');
      tf.dispose(tensors);
      await pause();
      onProgress?.({ what: 'detection: step', done: step + 1, total: recipe.steps });
    }
    return await detect(task.test, predict, recipe.batch, { columns, stride, classes });
  } finally {
    trainer.dispose();
    predict.dispose();
    parameters.dispose();
  }
}

async function detect(
  test: DetectionImages,
  predict: (images: Tensor) => FcosOutput,
  batch: number,
  grid: { columns: number; stride: number; classes: number },
): Promise<FoundBoxes> {
  const found: FoundBoxes = { boxes: [], images: [], classes: [], scores: [] };
  for (let start = 0; start < test.length; start += batch) {
    const own = Int32Array.from({ length: Math.min(batch, test.length - start) }, (_, at) => start + at);
    const images = await test.images(own);
    const [scores, sides] = readBack<Float32Array>(() => {
      const { logits_BPC, sides_BP4 } = predict(tensor(images));
      return [logits_BPC, sides_BP4];
    });
    const cells = scores.length / own.length / grid.classes;
    for (const [at, image] of own.entries()) {
      const size = cells * grid.classes;
      const own4 = sides.subarray(at * cells * 4, (at + 1) * cells * 4);
      const kept = imageBoxes(scores.subarray(at * size, (at + 1) * size), own4, grid, images.shape);
      for (const { box, label, score } of kept) {
        found.boxes.push(...box);
        found.images.push(image);
        found.classes.push(label);
        found.scores.push(score);
      }
    }
    await pause();
  }
  return found;
}

function imageBoxes(
  scores: Float32Array,
  sides: Float32Array,
  { columns, stride, classes }: { columns: number; stride: number; classes: number },
  [, height, width]: readonly number[],
): { box: number[]; label: number; score: number }[] {
  const all: { box: number[]; label: number; score: number }[] = [];
  for (let label = 0; label < classes; label++) {
    const boxes: number[][] = [];
    const own: number[] = [];
    for (let cell = 0; cell * classes < scores.length; cell++) {
      const score = scores[cell * classes + label];
      if (!(score > LEAST)) continue;
      const [x, y] = [((cell % columns) + 0.5) * stride, (Math.floor(cell / columns) + 0.5) * stride];
      const [l, t, r, b] = sides.subarray(4 * cell, 4 * cell + 4).map((side) => side * stride);
      const box = [Math.max(0, x - l), Math.max(0, y - t), Math.min(width, x + r), Math.min(height, y + b)];
      if (box[2] <= box[0] || box[3] <= box[1]) continue;
      boxes.push(box);
      own.push(score);
    }
    for (const at of nms(boxes.flat(), own, { threshold: OVERLAP }))
      all.push({ box: boxes[at], label, score: own[at] });
  }
  return all.sort((a, b) => b.score - a.score).slice(0, MOST);
}

function mirrored(object: DetectionObject, width: number): DetectionObject {
  const [x0, y0, x1, y1] = object.box;
  return { ...object, box: [width - x1, y0, width - x0, y1] };
}

function checkObjects(
  objects: readonly DetectionObject[],
  classes: number,
  row: number,
): readonly DetectionObject[] {
  for (const { box, label } of objects) {
    if (!(Number.isInteger(label) && label >= 0 && label < classes && box[2] > box[0] && box[3] > box[1])) {
      throw new Error(
        `detection: train image ${row} has an object of class ${label} at ${box.join()}; classes lie in [0, ${classes}), boxes are (x0, y0, x1, y1).`,
      );
    }
  }
  return objects;
}

/** [B, P, 1] to [B, P, C]; zeros for a negative label. */
function oneHot(labels_BP1: Tensor, classes: number): Tensor {
  return tf.cast(tf.equal(labels_BP1, tf.range(0, classes, 1, 'int32')), 'float32');
}

function tensor({ data, shape }: NetworkBatch): Tensor4D {
  return tf.tensor4d(data, shape as Tensor4D['shape']);
}
