import {
  emojiScenes,
  loadEmojiSprites,
  MANY_OBJECTS,
  TEXTURE_BACKGROUNDS,
  type RenderedScenes,
} from '@fovea/data';
import { key } from '@fovea/random';
import { tf } from '@fovea/tensorflow';
import { beforeAll, describe, expect, it } from 'vitest';
import { mapTap } from '../images/tap.ts';
import { collect } from '../testing/blobs.ts';
import { tinyBackbone } from '../testing/tiny-backbone.ts';
import { detection, type DetectionImages } from './detection.ts';
import { fcosTargets } from './fcos-targets.ts';
import { instanceMasks, type InstanceImages } from './instance-masks.ts';
import { MASK_SIDE, maskTarget, pasteMask, type Box } from './mask-head.ts';
import { maskRuns } from '../metrics/mask-runs.ts';
import { segmentation, type SegmentationImages } from './segmentation.ts';

const SIDE = 32;
let train: RenderedScenes;
let test: RenderedScenes;
beforeAll(async () => {
  const sprites = await loadEmojiSprites('google');
  const recipe = { ...MANY_OBJECTS, size: SIDE, objects: [1, 2], mainSize: [0.5, 0.7], hue: 0 } as const;
  const scenes = (seed: number, length: number): RenderedScenes =>
    emojiScenes({ recipe, split: 'train', length, seed, sprites, backgrounds: TEXTURE_BACKGROUNDS }).render();
  [train, test] = [scenes(0, 96), scenes(1, 24)];
}, 120_000);

const tap = mapTap(tinyBackbone(key(0), 24), 'stage1');

function images(set: RenderedScenes): {
  length: number;
  digest: string;
  images: SegmentationImages['images'];
} {
  return {
    length: set.length,
    digest: set.digest,
    images: (rows) => {
      const data = new Float32Array(rows.length * SIDE * SIDE * 3);
      rows.forEach((row, at) =>
        data.set(
          set.image(row).data.map((value) => value),
          at * SIDE * SIDE * 3,
        ),
      );
      return { data: data.map((value) => value / 64 - 2), shape: [rows.length, SIDE, SIDE, 3] };
    },
  };
}

/** Object or background, the border of the scene ignored. */
function masked(set: RenderedScenes): SegmentationImages {
  return {
    ...images(set),
    masks: (rows) =>
      Uint8Array.from({ length: rows.length * SIDE * SIDE }, (_, at) => {
        const pixel = at % (SIDE * SIDE);
        if (pixel < SIDE) return 255;
        return Number(set.instances[rows[Math.floor(at / (SIDE * SIDE))] * SIDE * SIDE + pixel] > 0);
      }),
  };
}

/** Every object is of one class. */
function boxed(set: RenderedScenes): DetectionImages {
  return { ...images(set), objects: (row) => set.objects[row].map(({ box }) => ({ box, label: 0 })) };
}

describe('segmentation', () => {
  const recipe = { lr: 0.1, weightDecay: 1e-4, batch: 8, steps: 60, warmup: 3, schedule: 'poly' } as const;

  it.each(['linear', 'fcn'] as const)('learns objects from background with a %s head', async (head) => {
    const before = tf.memory().numTensors;
    const task = { tap, train: masked(train), test: masked(test), classes: 2 };
    const options = { head, channels: 16, recipe, key: key(1) };
    const [miou, pixels] = await collect(segmentation(task, options));
    expect(miou).toMatchObject({ metric: `seg.${head}.60steps.mIoU`, n: 24, unit: '%', direction: 'up' });
    expect(pixels.metric).toBe(`seg.${head}.60steps.pixel-accuracy`);
    const [untrained] = await collect(
      segmentation(task, { ...options, recipe: { ...recipe, steps: 1, lr: 1e-9, warmup: 0 } }),
    );
    expect(miou.value).toBeGreaterThan(untrained.value + 8);
    expect(pixels.value).toBeGreaterThan(65);
    expect(tf.memory().numTensors).toBe(before);
  });

  it('chooses its rate on held-out train images before its one read of test', async () => {
    const log: string[] = [];
    const task = {
      tap,
      train: masked(train),
      classes: 2,
      get test() {
        log.push('test');
        return masked(test);
      },
    };
    const options = {
      head: 'linear',
      channels: 0,
      recipe: { ...recipe, steps: 10 },
      key: key(1),
      lrs: [1e-9, 0.1],
      holdOut: 0.25,
    } as const;
    const onProgress = ({ what, done }: { what: string; done: number }): void => {
      if (what.endsWith('rate')) log.push(`rate ${done}`);
    };
    const [miou] = await collect(segmentation(task, { ...options, onProgress }));
    expect(miou.metric).toBe('seg.linear.10steps.lr-sweep.mIoU');
    expect(miou.chosen).toEqual({ lr: 0.1 });
    expect(log).toEqual(['rate 1', 'rate 2', 'test']);
  });

  it('refuses masks out of range and a sweep without held-out images', async () => {
    const task = { tap, train: masked(train), test: masked(test), classes: 1 };
    const options = { head: 'linear', channels: 0, recipe, key: key(1) } as const;
    await expect(collect(segmentation(task, options))).rejects.toThrow(/holds 1; classes lie in \[0, 1\)/);
    await expect(collect(segmentation(task, { ...options, lrs: [1] }))).rejects.toThrow(/go together/);
  });
});

describe('fcosTargets', () => {
  it('gives the values worked out by hand: the smaller box wins, centreness is 1 in the middle', () => {
    const objects = [
      [
        { box: [0, 0, 12, 12], label: 0 },
        { box: [4, 4, 8, 8], label: 1 },
        { box: [0, 0, 4, 4], label: 2, ignore: true },
      ],
    ] as const;
    const { labels, distances, centreness } = fcosTargets(objects, 3, 3, 4);
    expect([...labels]).toEqual([0, 0, 0, 0, 1, 0, 0, 0, 0]);
    expect([...distances.subarray(0, 4)]).toEqual([0.5, 0.5, 2.5, 2.5]);
    expect(centreness[0]).toBeCloseTo(0.2, 6);
    expect(centreness[4]).toBe(1);
  });

  it('gives an object between the centres of cells the cell that its middle lies in', () => {
    const { labels } = fcosTargets([[{ box: [4.2, 4.2, 5, 5], label: 3 }]], 2, 2, 4);
    expect([...labels]).toEqual([-1, -1, -1, 3]);
  });
});

describe('detection', () => {
  it('learns to find objects, by the rules of COCO and VOC', async () => {
    const before = tf.memory().numTensors;
    const recipe = {
      lr: 0.1,
      weightDecay: 1e-4,
      batch: 8,
      steps: 200,
      warmup: 10,
      schedule: { at: [0.75, 0.92], factor: 0.1 },
    } as const;
    const task = { tap, train: boxed(train), test: boxed(test), classes: 1 };
    const metrics = await collect(detection(task, { channels: 24, enlarge: 1, recipe, key: key(2) }));
    expect(metrics.map(({ metric }) => metric)).toEqual(
      ['AP', 'AP50', 'AP75', 'voc07-AP50', 'voc-AP50'].map((name) => `det.fcos.200steps.${name}`),
    );
    const [ap, ap50] = metrics.map(({ value }) => value);
    expect(ap50).toBeGreaterThan(25); // an untrained head finds nothing
    expect(ap).toBeLessThan(ap50);
    expect(tf.memory().numTensors).toBe(before);
  });

  it('refuses objects of unknown classes', async () => {
    const wrong = { ...boxed(train), objects: () => [{ box: [0, 0, 4, 4], label: 7 }] as const };
    const recipe = { lr: 0.01, weightDecay: 0, batch: 2, steps: 1, warmup: 0, schedule: 'poly' } as const;
    const task = { tap, train: wrong, test: boxed(test), classes: 1 };
    const run = collect(detection(task, { channels: 4, enlarge: 2, recipe, key: key(2) }));
    await expect(run).rejects.toThrow(/has an object of class 7 at 0,0,4,4/);
  });
});

/** Pixels of each object, some hidden behind others. */
function instanced(set: RenderedScenes): InstanceImages {
  const masks = (row: number): Uint8Array[] =>
    set.objects[row].map((_, object) =>
      Uint8Array.from({ length: SIDE * SIDE }, (__, at) =>
        Number(set.instances[row * SIDE * SIDE + at] === object + 1),
      ),
    );
  return { ...boxed(set), masks };
}

describe('instanceMasks', () => {
  const schedule = { at: [0.75, 0.92], factor: 0.1 };
  const recipe = { lr: 0.1, weightDecay: 1e-4, batch: 8, steps: 120, warmup: 10, schedule } as const;

  it('finds masks by the rules of COCO, better ones than the whole boxes, and resumes', async () => {
    const before = tf.memory().numTensors;
    const stored = new Map<string, unknown>();
    const pieces = {
      json: async <T>(key: () => unknown, make: () => T | Promise<T>): Promise<T> => {
        const name = JSON.stringify(key());
        if (!stored.has(name)) stored.set(name, await make());
        return stored.get(name) as T;
      },
      floats: () => Promise.reject(new Error('holds no features')),
    };
    const task = { tap, train: instanced(train), test: instanced(test), classes: 1 };
    const options = { channels: 24, enlarge: 1, recipe, key: key(2), pieces } as const;
    const metrics = await collect(instanceMasks(task, options));
    expect(metrics.map(({ metric }) => metric)).toEqual(
      ['AP', 'AP50', 'AP75'].map((name) => `ins.fcos-mask.120steps.${name}`),
    );
    expect(metrics[0]).toMatchObject({ n: 24, unit: '%', direction: 'up' });
    expect(metrics[1].value).toBeGreaterThan(20); // an untrained head finds nothing

    const [boxes] = [...stored.values()] as [{ boxes: number[] }, number[][]];
    const whole = { ...task, test: { ...task.test } };
    const names = [...stored.keys()];
    const filled = boxes.boxes.flatMap((_, at) => (at % 4 === 0 ? [boxes.boxes.slice(at, at + 4)] : []));
    const ones = new Float32Array(MASK_SIDE * MASK_SIDE).fill(1);
    stored.set(
      names[1],
      filled.map((box) => maskRuns(pasteMask(ones, box as unknown as Box, SIDE, SIDE))),
    );
    const [asBoxes] = await collect(instanceMasks(whole, options));
    expect(metrics[0].value).toBeGreaterThan(asBoxes.value);
    expect(tf.memory().numTensors).toBe(before);
  });

  it('takes a mask of the image size for each object', async () => {
    const wrong = { ...instanced(train), masks: () => [new Uint8Array(4)] };
    const task = { tap, train: wrong, test: instanced(test), classes: 1 };
    const short = { ...recipe, steps: 1, warmup: 0 };
    const run = collect(instanceMasks(task, { channels: 4, enlarge: 1, recipe: short, key: key(2) }));
    await expect(run).rejects.toThrow(/image \d+ has \d objects and 1 masks, one of 4 pixels/);
  });

  it('pastes a target back to where it came from', () => {
    const mask = Uint8Array.from({ length: 40 * 30 }, (_, at) =>
      ((at % 40) - 20) ** 2 + (Math.floor(at / 40) - 12) ** 2 < 81 ? 1 : 0,
    );
    const box = [5.5, 1, 33, 26.5] as const;
    const logits = maskTarget(mask, 30, 40, box).map((value) => (value > 0 ? 5 : -5));
    const pasted = pasteMask(logits, box, 30, 40);
    const differing = pasted.filter((value, at) => value !== mask[at]).length;
    expect(differing).toBeLessThan(10); // of 253 pixels, at the border
  });
});
