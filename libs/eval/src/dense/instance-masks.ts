import { Parameters } from '@fovea/backbones';
import { fold, permutation, Stream, type Key } from '@fovea/random';
import { compile, resizeBilinear, tf, type Tensor, type Tensor4D } from '@fovea/tensorflow';
import type { NetworkBatch } from '../images/eval-images.ts';
import { cocoMaskAp, type MaskDetections, type MaskTruth } from '../metrics/coco-mask-ap.ts';
import { maskRuns, type MaskRuns } from '../metrics/mask-runs.ts';
import { checkOptions } from '../protocol/check-options.ts';
import type { Metric } from '../protocol/metric.ts';
import { pause } from '../protocol/pause.ts';
import { readBack } from '../protocol/read-back.ts';
import { CONTROL, NO_PIECES } from '../protocol/run-control.ts';
import {
  findBoxes,
  type DetectionImages,
  type DetectionOptions,
  type DetectionTask,
  type FoundBoxes,
} from './detection.ts';
import { denseRate, HeadTrainer, stepRows } from './head-trainer.ts';
import { MASK_SIDE, maskHead, maskLoss, maskTarget, pasteMask, type Box, type Regions } from './mask-head.ts';

/** Images of one size with the objects of each and their masks. */
export interface InstanceImages extends DetectionImages {
  /** [height * width] of each object of `objects(row)`, above 0 inside. */
  masks(row: number): readonly Uint8Array[];
}

export interface InstanceMasksTask extends DetectionTask {
  readonly train: InstanceImages;
  /** Read after training; its masks only to score. */
  readonly test: InstanceImages;
}

const REGIONS = 4; // true objects an image that a step trains on
const JITTER = 0.1; // of a side: boxes of the detector are not true boxes
const CHUNK = 32; // regions of a forward pass

/**
 * Instance segmentation transfer: the FCOS head of `detection` and a small class-agnostic mask head on the same frozen feature map, in percent.
 *
 * `ins.fcos-mask.<steps>steps.AP`, `….AP50`, `….AP75` by COCO's rules with the overlap of masks. The mask head (RoIAlign to 14 x 14, two convolutions, masks of 28 x 28) learns from
 * true boxes whose sides are moved by up to a tenth of their size, with the detector's recipe; a found box has the class and score of `detection`. Nothing is chosen.
 *
 * A substitute that measures features, not Mask R-CNN.
 *
 * @throws Error for whatever `detection` refuses, masks of another size than the image or another number than objects
 */
export async function* instanceMasks(
  task: InstanceMasksTask,
  options: DetectionOptions,
): AsyncGenerator<Metric, void, undefined> {
  checkOptions(options, ['channels', 'enlarge', 'recipe', 'key', ...CONTROL], 'instanceMasks');
  const { recipe, channels, enlarge, key, pieces = NO_PIECES } = options;
  const { tap, train, classes } = task;
  const found = await findBoxes(task, options);
  const masks = await pieces.json(
    () => ({
      piece: 'instance masks',
      network: [tap.name, tap.digest()],
      images: [train.digest, task.test.digest],
      settings: { classes, recipe, channels, enlarge, key: [...key] },
    }),
    () => findMasks(task, options, found),
  );
  const { test } = task;
  const truth = await trueMasks(test);
  const { AP, AP50, AP75 } = cocoMaskAp(truth, { ...found, masks } satisfies MaskDetections);
  for (const [kind, value] of Object.entries({ AP, AP50, AP75 })) {
    const metric = `ins.fcos-mask.${recipe.steps}steps.${kind}`;
    yield { metric, value: 100 * value, n: test.length, unit: '%', direction: 'up' };
  }
}

async function trueMasks(test: InstanceImages): Promise<MaskTruth> {
  const [, height, width] = (await test.images(Int32Array.of(0))).shape;
  const truth = { masks: [] as MaskRuns[], images: [] as number[], classes: [] as number[] };
  for (let image = 0; image < test.length; image++) {
    const masks = checkedMasks(test, image, height * width);
    test.objects(image).forEach(({ label, ignore }, at) => {
      if (ignore === true) return;
      truth.masks.push(maskRuns(masks[at]));
      truth.images.push(image);
      truth.classes.push(label);
    });
  }
  return truth;
}

function checkedMasks(images: InstanceImages, row: number, size: number): readonly Uint8Array[] {
  const masks = images.masks(row);
  const wrong = masks.find((mask) => mask.length !== size);
  if (masks.length !== images.objects(row).length || wrong !== undefined) {
    throw new Error(
      `instanceMasks: image ${row} has ${images.objects(row).length} objects and ${masks.length} masks${wrong ? `, one of ${wrong.length} pixels` : ''}; needs a mask of ${size} pixels an object.`,
    );
  }
  return masks;
}

async function findMasks(
  task: InstanceMasksTask,
  options: DetectionOptions,
  found: FoundBoxes,
): Promise<MaskRuns[]> {
  const { tap, train } = task;
  const { channels, enlarge, recipe, onProgress } = options;
  const larger = (images: Tensor): Tensor4D => {
    const map = tap.features(images);
    return enlarge === 1 ? map : resizeBilinear(map, [map.shape[1] * enlarge, map.shape[2] * enlarge]);
  };
  const first = await train.images(Int32Array.of(0));
  const [, rows, , inputs] = tf.tidy(() => larger(tensor(first)).shape);
  const stride = first.shape[1] / rows;
  const key = fold(options.key, 'masks');
  const parameters = new Parameters(fold(key, 'head'));
  const head = maskHead(parameters, { inputs, channels });
  const trainer = new HeadTrainer(parameters, recipe.weightDecay, ([images, boxes_M4, images_M, targets]) =>
    maskLoss(head(larger(images), { boxes_M4, images_M }, 'train'), targets),
  );
  const predict = compile((images: Tensor, regions: Regions) => head(larger(images), regions, 'eval'), {
    name: 'masks',
  });
  try {
    const order = (epoch: number): Int32Array => permutation(fold(fold(key, 'order'), epoch), train.length);
    for (let step = 0; step < recipe.steps; step++) {
      const own = stepRows(order, Math.min(recipe.batch, train.length), step);
      const batch = await train.images(own);
      const drawn = drawRegions(train, own, batch, fold(fold(key, 'regions'), step));
      if (drawn.boxes.length > 0) {
        const { boxes_M4, images_M } = regionTensors(drawn.boxes, drawn.images, stride);
        const shape: [number, number, number] = [drawn.boxes.length, MASK_SIDE, MASK_SIDE];
        const tensors = [tensor(batch), boxes_M4, images_M, tf.tensor3d(drawn.targets, shape)];
        trainer.step(tensors, recipe.lr * denseRate(recipe, step), 'instanceMasks');
        tf.dispose(tensors);
      }
      await pause();
      onProgress?.({ what: 'instanceMasks: step', done: step + 1, total: recipe.steps });
    }
    return await masksOf(task.test, found, predict, stride);
  } finally {
    trainer.dispose();
    predict.dispose();
    parameters.dispose();
  }
}

/** `REGIONS` true objects for each image of the batch, taken in turns: always as many, so that batch norm sees no padding. */
function drawRegions(
  train: InstanceImages,
  rows: Int32Array,
  { shape: [, height, width] }: NetworkBatch,
  key: Key,
): { boxes: Box[]; images: number[]; targets: Float32Array } {
  const all = Array.from(rows.entries()).flatMap(([image, row]) => {
    const masks = checkedMasks(train, row, height * width);
    return train
      .objects(row)
      .flatMap(({ box, ignore }, at) => (ignore === true ? [] : [{ image, box, mask: masks[at] }]));
  });
  const count = all.length === 0 ? 0 : rows.length * REGIONS;
  const targets = new Float32Array(count * MASK_SIDE * MASK_SIDE);
  const order = count === 0 ? [] : permutation(fold(key, 'order'), all.length);
  const draw = new Stream(fold(key, 'jitter'));
  const boxes: Box[] = [];
  const images: number[] = [];
  for (let at = 0; at < count; at++) {
    const { image, box, mask } = all[order[at % all.length]];
    const [w, h] = [box[2] - box[0], box[3] - box[1]];
    const move = (size: number): number => JITTER * size * (2 * draw.uniform() - 1);
    const moved = [box[0] + move(w), box[1] + move(h), box[2] + move(w), box[3] + move(h)] as const;
    targets.set(maskTarget(mask, height, width, moved), at * MASK_SIDE * MASK_SIDE);
    boxes.push(moved);
    images.push(image);
  }
  return { boxes, images, targets };
}

async function masksOf(
  test: InstanceImages,
  found: FoundBoxes,
  predict: (images: Tensor, regions: Regions) => Tensor,
  stride: number,
): Promise<MaskRuns[]> {
  const masks: MaskRuns[] = [];
  for (let start = 0; start < found.images.length;) {
    const image = found.images[start];
    let end = start;
    while (end < found.images.length && end < start + CHUNK && found.images[end] === image) end++;
    const batch = await test.images(Int32Array.of(image));
    const [, height, width] = batch.shape;
    const boxes = Array.from(
      { length: end - start },
      (_, at) => found.boxes.slice(4 * (start + at), 4 * (start + at) + 4) as unknown as Box,
    );
    const padded = Array.from({ length: CHUNK }, (_, at) => boxes[Math.min(at, boxes.length - 1)]);
    const [logits] = readBack<Float32Array>(() => [
      predict(
        tensor(batch),
        regionTensors(
          padded,
          padded.map(() => 0),
          stride,
        ),
      ),
    ]);
    boxes.forEach((box, at) => {
      const own = logits.subarray(at * MASK_SIDE * MASK_SIDE, (at + 1) * MASK_SIDE * MASK_SIDE);
      masks.push(maskRuns(pasteMask(own, box, height, width)));
    });
    start = end;
    await pause();
  }
  return masks;
}

function regionTensors(boxes: readonly Box[], images: readonly number[], stride: number): Regions {
  const sides = boxes.flatMap(([x0, y0, x1, y1]) => [y0, x0, y1, x1].map((side) => side / stride));
  return {
    boxes_M4: tf.tensor2d(sides, [boxes.length, 4]),
    images_M: tf.tensor1d([...images], 'int32'),
  };
}

function tensor({ data, shape }: NetworkBatch): Tensor4D {
  return tf.tensor4d(data, shape as Tensor4D['shape']);
}
