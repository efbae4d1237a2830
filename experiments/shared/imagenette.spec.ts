import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadImagenette } from '@fovea/data';
import { Stream, key } from '@fovea/random';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { diLoExperiment, nameUserFolder, runArm, type RunConfig } from '../index.ts';
import { imagenetteData } from './imagenette-data.ts';
import { evaluation } from './scales.ts';

const SYNSETS = [
  ...['n01440764', 'n02102040', 'n02979186', 'n03000684', 'n03028079'],
  ...['n03394916', 'n03417042', 'n03425413', 'n03445777', 'n03888257'],
];
let folder = '';

/** Imagenette's layout with images of 50 x 40 whose left edge is white; four of each class train, two test. */
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'fovea-imagenette-'));
  const draw = new Stream(key(0));
  for (const [split, count] of Object.entries({ train: 4, val: 2 })) {
    for (const synset of SYNSETS) {
      mkdirSync(join(folder, split, synset), { recursive: true });
      for (let index = 0; index < count; index++) {
        const shade = draw.integer(0, 200);
        const pixels = Uint8Array.from({ length: 50 * 40 * 3 }, (_, at) =>
          Math.floor(at / 3) % 50 < 5 ? 255 : shade,
        );
        const image = sharp(pixels, { raw: { width: 50, height: 40, channels: 3 } });
        await image.png().toFile(join(folder, split, synset, `${index}.png`));
      }
    }
  }
  nameUserFolder(`imagenette=${folder}`);
});
afterAll(() => {
  rmSync(folder, { recursive: true });
  delete process.env.FOVEA_IMAGENETTE;
});

const DATA = { name: 'imagenette', side: 20, trainImages: 20, labelledImages: 40, testImages: 20 } as const;

describe('Imagenette', () => {
  it('is balanced central squares in memory', async () => {
    const { train, labelled, test, few } = await imagenetteData(DATA, evaluation({ fewLabels: true }));
    for (const [set, each] of [
      [train, 2],
      [labelled, 4],
      [test, 2],
      [few?.[10], 1],
    ] as const) {
      const counts = SYNSETS.map((_, label) => [...(set?.labels ?? [])].filter((of) => of === label).length);
      expect(counts).toEqual(SYNSETS.map(() => each));
    }
    if (!('images' in train)) throw new Error('not in memory');
    expect([train.height, train.width]).toEqual([20, 20]);
    // The square of 40 x 40 leaves 5 columns on either side: the white ones are cut away.
    const first = await loadImagenette(folder, 'train').image(0);
    expect(new Set(train.image(0).data)).toEqual(new Set([first.data[3 * 25]]));
  });

  it('is refused where a run wants masks of it', async () => {
    await expect(imagenetteData(DATA, evaluation({ grounding: true }))).rejects.toThrow(
      'imagenette is evaluated by kNN, linear heads and fine-tuning alone',
    );
  });

  it('trains an arm of DiLo with masks of an estimator', { timeout: 120_000 }, async () => {
    const arm = diLoExperiment.arms['dilo-random-imagenette'];
    const tiny = (config: RunConfig): RunConfig => ({
      ...config,
      data: { ...DATA, side: 32 },
      backbone: { ...config.backbone, width: 4 } as RunConfig['backbone'],
      training: { ...config.training, epochs: 1, batch: 10 },
    });
    const experiment = {
      ...diLoExperiment,
      arms: { tiny: { ...arm, config: () => tiny(arm.config('smoke')) } },
    };
    const record = await runArm({ experiment, arm: 'tiny', profile: 'smoke', seed: 0 });
    expect(record.metrics.every(({ value }) => Number.isFinite(value))).toBe(true);
    expect(record.datasets.map(({ name }) => name)).toContain('imagenette/train');
  });
});
