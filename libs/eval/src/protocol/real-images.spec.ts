import { CIFAR_EVALUATION } from '@fovea/augment';
import { loadImages, loadPacked, type LoadedImages, type StreamedSet } from '@fovea/data';
import { workspaceRoot } from '@fovea/files';
import { key } from '@fovea/random';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { instanceMasks, type InstanceImages } from '../dense/instance-masks.ts';
import { detection } from '../dense/detection.ts';
import { segmentation } from '../dense/segmentation.ts';
import { fewShot } from '../few-shot/few-shot.ts';
import { evalImages } from '../images/eval-images.ts';
import { frozenFeatures } from '../images/frozen-features.ts';
import { featureTap, mapTap } from '../images/tap.ts';
import { knn } from '../knn/knn.ts';
import { cocoDetectionAp } from '../metrics/coco-detection-ap.ts';
import { ridgeProbe } from '../probes/ridge-probe.ts';
import { subset } from '../splits/subset.ts';
import { collect } from '../testing/blobs.ts';
import { tinyBackbone } from '../testing/tiny-backbone.ts';

const folder = (name: string): string => join(workspaceRoot(), '..', 'shared', 'data', name);
const isHere = existsSync(folder('coco-scenes')) && existsSync(folder('imagenette96'));
if (!isHere) console.log('../shared/data is absent, evaluation of real images is skipped');

const SIDE = 96;
const network = tinyBackbone(key(0), 24); // random weights

describe.skipIf(!isHere)('photographs, through a random network', () => {
  it('are their own nearest neighbours, are fitted by ridge, and tell classes apart better than chance', async () => {
    const set = loadPacked(folder('imagenette96'), { where: { split: 'train' }, split: 'train' });
    const rows = Int32Array.from(set.labels.keys()).filter((row) => row % 24 === 0);
    const photographs = await loadImages(set, { indices: rows });
    const source = {
      length: rows.length,
      labels: rows.map((row) => set.labels[row]),
      digest: set.digest,
      image: (index: number) => photographs.image(rows[index]),
    };
    const evaluation = {
      ...CIFAR_EVALUATION,
      resize: { short: 64, crop: 64, interpolation: 'bilinear' },
    } as const;
    const images = evalImages(source, { evaluation, size: 64, interpolation: 'bilinear' });
    const all = await frozenFeatures(featureTap(network, 'features+map-mean'), images, { batch: 64 });

    const same = { train: all, test: all, classes: 10 };
    const [nearest] = await collect(knn(same, { k: 1, temperature: 0.07 }));
    expect(nearest).toMatchObject({ metric: 'knn.k1.t0.07.top1', value: 100, n: rows.length });

    const few = subset(
      all,
      Int32Array.from({ length: 20 }, (_, at) => Math.floor((at * rows.length) / 20)),
    );
    const [fitted] = await collect(
      ridgeProbe({ train: few, test: few, classes: 10 }, { alphas: [1e-6], scale: 'standardised' }),
    );
    expect(fitted.value).toBe(100); // fewer rows than columns

    const shots = {
      ways: 5,
      shots: 5,
      queries: 5,
      episodes: 100,
      classifier: 'nearest-mean',
      key: key(1),
    } as const;
    const [accuracy, half] = await collect(fewShot(all, shots));
    expect(accuracy.value - half.value).toBeGreaterThan(20);
  }, 120_000);

  it('with annotated objects pass detection, masks and segmentation, the truth scoring 100', async () => {
    const set = loadPacked(folder('coco-scenes'), { where: { has_mask: '1' }, split: 'train' });
    const scenes = await cropped(set, 12);
    const tap = mapTap(network, 'stage1');
    const recipe = { lr: 0.05, weightDecay: 1e-4, batch: 6, steps: 60, warmup: 5, schedule: 'poly' } as const;
    const task = { tap, train: scenes, test: scenes, classes: 80 };
    const options = { channels: 16, enlarge: 1, recipe: { ...recipe, steps: 12 }, key: key(3) } as const;

    const truth = { boxes: [] as number[], images: [] as number[], classes: [] as number[] };
    for (let row = 0; row < scenes.length; row++) {
      for (const {
        box: [x0, y0, x1, y1],
        label,
      } of scenes.objects(row)) {
        truth.boxes.push(x0, y0, x1 - x0, y1 - y0);
        truth.images.push(row);
        truth.classes.push(label);
      }
    }
    expect(cocoDetectionAp(truth, { ...truth, scores: truth.images.map(() => 1) }).AP).toBeCloseTo(1, 12);

    const boxes = await collect(detection(task, options));
    const masks = await collect(instanceMasks(task, options));
    for (const { value, n } of [...boxes, ...masks]) {
      expect(n).toBe(scenes.length);
      expect(value).toBeGreaterThanOrEqual(0);
      expect(value).toBeLessThanOrEqual(100);
    }

    const pixels = (rows: Int32Array): Uint8Array =>
      Uint8Array.from(Array.from(rows).flatMap((row) => Array.from(scenes.foreground(row))));
    const all = pixels(Int32Array.from({ length: scenes.length }, (_, row) => row));
    const share = all.reduce((sum, inside) => sum + inside, 0) / all.length;
    const split = { ...scenes, masks: pixels };
    const [, accuracy] = await collect(
      segmentation(
        { tap, train: split, test: split, classes: 2 },
        { head: 'linear', channels: 0, recipe, key: key(4) },
      ),
    );
    // Images that it was fitted to: better than the larger class everywhere.
    expect(accuracy.value).toBeGreaterThan(100 * Math.max(share, 1 - share));
  }, 120_000);
});

/** The upper left square of the first images that show an object there; boxes are those of the masks inside of it. */
async function cropped(
  set: StreamedSet,
  count: number,
): Promise<InstanceImages & { foreground(row: number): Uint8Array }> {
  const loaded = await loadImages(set, {
    indices: Int32Array.from({ length: 3 * count }, (_, at) => at),
    masks: true,
  });
  const scenes = Array.from(loaded.indices, (index) => squareOf(set, loaded, index))
    .filter((scene) => scene.objects.length > 0)
    .slice(0, count);
  return {
    length: scenes.length,
    digest: set.digest,
    images: (rows) => {
      const data = new Float32Array(rows.length * SIDE * SIDE * 3);
      rows.forEach((row, at) => data.set(scenes[row].pixels, at * SIDE * SIDE * 3));
      return { data, shape: [rows.length, SIDE, SIDE, 3] };
    },
    objects: (row) => scenes[row].objects.map(({ box, label }) => ({ box, label })),
    masks: (row) => scenes[row].objects.map(({ mask }) => mask),
    foreground: (row) =>
      Uint8Array.from({ length: SIDE * SIDE }, (_, at) =>
        Number(scenes[row].objects.some(({ mask }) => mask[at] > 0)),
      ),
  };
}

function squareOf(set: StreamedSet, loaded: LoadedImages, index: number) {
  const { data, width } = loaded.image(index);
  const plane = loaded.plane(index);
  const pixels = new Float32Array(SIDE * SIDE * 3);
  for (let at = 0; at < SIDE * SIDE; at++) {
    const from = Math.floor(at / SIDE) * width + (at % SIDE);
    for (let c = 0; c < 3; c++) pixels[3 * at + c] = data[3 * from + c] / 64 - 2;
  }
  const objects = (set.objects?.(index) ?? []).flatMap(({ instance, label, ignore }) => {
    const mask = Uint8Array.from({ length: SIDE * SIDE }, (_, at) =>
      Number(plane.data[Math.floor(at / SIDE) * plane.width + (at % SIDE)] === instance),
    );
    const inside = Array.from(mask.keys()).filter((at) => mask[at] > 0);
    if (ignore || instance === 0 || inside.length < 40) return [];
    const [xs, ys] = [inside.map((at) => at % SIDE), inside.map((at) => Math.floor(at / SIDE))];
    const box = [Math.min(...xs), Math.min(...ys), Math.max(...xs) + 1, Math.max(...ys) + 1] as const;
    return [{ box, label, mask }];
  });
  return { pixels, objects };
}
