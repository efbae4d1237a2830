import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Stream, key } from '@fovea/random';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bamExperiment, nameUserFolder, runArm, type Experiment, type RunConfig } from '../index.ts';
import { ON_IMAGENET } from './published-on-imagenet.ts';
import { publishedRun } from './published-recipe.ts';
import { loadRunData } from './run-data.ts';
import { userFolder } from './user-folder.ts';

const CLASSES = ['n01', 'n02'];
let folder = '';

/** A folder with ImageNet's layout and a dozen small images of noise. */
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'fovea-imagenet-'));
  const draw = new Stream(key(0));
  for (const [split, count] of [
    ['train', 6],
    ['val', 3],
  ] as const) {
    for (const name of CLASSES) {
      mkdirSync(join(folder, split, name), { recursive: true });
      for (let index = 0; index < count; index++) {
        const pixels = Uint8Array.from({ length: 48 * 40 * 3 }, () => draw.integer(0, 256));
        const image = sharp(pixels, { raw: { width: 48, height: 40, channels: 3 } });
        await image.png().toFile(join(folder, split, name, `${name}_${index}.png`));
      }
    }
  }
  for (const [percent, count] of [
    [1, 2],
    [10, 4],
  ]) {
    const lines = CLASSES.flatMap((name) =>
      Array.from({ length: count }, (_, index) => `${name}_${index}.png`),
    );
    writeFileSync(join(folder, `${percent}percent.txt`), lines.join('\n'));
  }
});
afterAll(() => {
  rmSync(folder, { recursive: true });
  delete process.env.FOVEA_IMAGENET;
});

/** MoCo v2's published run on a tiny network and tiny views. */
function tiny(): RunConfig {
  const run = publishedRun(ON_IMAGENET['moco-v2'], { method: 'dilo-moco-v2', options: { queue: 16 } });
  const { views } = run.views.recipe;
  return {
    ...run,
    backbone: { kind: 'resnet', depth: 18, width: 4, stem: 'imagenet' },
    views: {
      ...run.views,
      recipe: { ...run.views.recipe, views: views.map((view) => ({ ...view, size: 32, blur: null })) },
      saliency: 'ft',
      copyPaste: { probability: 0.5, background: 'texture', boundary: 1, minimumShare: 0 },
      boxes: { warmUpEpochs: 1, everyEpochs: 1, threshold: 0.1, alpha: 0.6, views: [0] },
    },
    data: { ...run.data, bankShare: 0.5 } as RunConfig['data'],
    training: { ...run.training, epochs: 2, batch: 4 },
    evaluation: {
      ...run.evaluation,
      knn: { k: 1, temperature: 0.07 },
      linear: 'openselfsup-places205',
      fineTuning: { preset: 'swav', epochs: 1, percent: [1] },
      fewLabels: true,
    },
  };
}

const experiment: Experiment = {
  ...bamExperiment,
  arms: { tiny: { title: 'tiny', tags: ['RECON'], config: tiny } },
};

describe('a run on photographs', () => {
  it('says how to name the folder, and what a folder lacks', async () => {
    delete process.env.FOVEA_IMAGENET;
    await expect(loadRunData(tiny())).rejects.toThrow('give --data imagenet=PATH, or set FOVEA_IMAGENET');
    process.env.FOVEA_IMAGENET = tmpdir();
    expect(() => userFolder('imagenet')).toThrow('it lacks train and val');
    expect(() => nameUserFolder('imagenet')).toThrow(
      '--data takes imagenet=PATH, imagenette=PATH, coco=PATH, voc=PATH',
    );
  });

  it('trains and is evaluated as the others are, decoding image by image', { timeout: 240_000 }, async () => {
    nameUserFolder(`imagenet=${folder}`);
    const record = await runArm({ experiment, arm: 'tiny', profile: 'paper', seed: 0, checkpoints: false });
    expect(record.metrics.map(({ name }) => name)).toEqual([
      'knn.k1.t0.07.top1',
      'linear.aug.openselfsup-places205.top1.last',
      'linear.aug.openselfsup-places205.top1.best',
      'linear.labels-1pct.openselfsup-places205.top1.last',
      'linear.labels-1pct.openselfsup-places205.top1.best',
      'linear.labels-10pct.openselfsup-places205.top1.last',
      'linear.labels-10pct.openselfsup-places205.top1.best',
      'semi.1%.swav.e1.top1',
      'train.loss.step1',
      'train.loss.guided',
    ]);
    for (const { value } of record.metrics) expect(Number.isFinite(value)).toBe(true);
    expect(record.datasets.map(({ name }) => name)).toEqual([
      'photographs/train',
      'photographs/labelled',
      'photographs/test',
      'photographs/labelled 1 %',
      'photographs/labelled 10 %',
    ]);
  });
});
