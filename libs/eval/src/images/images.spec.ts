import { CIFAR_EVALUATION } from '@fovea/augment';
import { vit } from '@fovea/backbones';
import { fold, key, uniformArray } from '@fovea/random';
import { tf } from '@fovea/tensorflow';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { fineTuning } from '../fine-tuning/fine-tuning.ts';
import { fineTunePresets, type FineTuneRecipe } from '../fine-tuning/fine-tune-presets.ts';
import { keepMetrics } from '../protocol/keep-metrics.ts';
import { linearOnImages, type LinearImageTask } from '../linear/linear-on-images.ts';
import { pieces } from '../protocol/run-control.ts';
import { semiSupervised } from '../fine-tuning/semi-supervised.ts';
import { collect } from '../testing/blobs.ts';
import { tinyBackbone } from '../testing/tiny-backbone.ts';
import { colouredImages } from '../testing/coloured-images.ts';
import { evalImages, type EvalImages } from './eval-images.ts';
import { frozenFeatures } from './frozen-features.ts';
import { featureTap, mapTap, pooledTap } from './tap.ts';

const recipe = { evaluation: CIFAR_EVALUATION, size: 16, interpolation: 'bilinear' } as const;
const train = evalImages(colouredImages(64, 16, 4, key(0)), recipe);
const test = evalImages(colouredImages(40, 16, 4, key(1)), recipe);
const backbone = tinyBackbone(key(2));
const tap = featureTap(backbone, 'features');

/** Counts which rows of a split are read, and when. */
function watched(images: EvalImages, log: string[], name: string): EvalImages {
  return {
    ...images,
    plain: (rows) => {
      for (const row of rows) log.push(`${name} ${row}`);
      return images.plain(rows);
    },
    augmented: (rows, own) => {
      log.push(`${name} augmented`);
      return images.augmented(rows, own);
    },
  };
}

describe('frozenFeatures', () => {
  it('equals an eager pass of the backbone, for a last batch of another size too', async () => {
    const { features, labels } = await frozenFeatures(tap, test, { batch: 12 });
    expect(labels).toBe(test.labels);
    const { data, shape } = await test.plain(Int32Array.from(test.labels.keys()));
    const eager = tf.tidy(() => backbone.forward(tf.tensor(data, [...shape]), 'eval').dataSync());
    expect(features.length).toBe(40 * backbone.features);
    features.forEach((value, at) => expect(value).toBeCloseTo(eager[at], 4));
  });

  it('goes on from stored pieces, makes damaged ones again, and tells other weights apart', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'fovea-pieces-'));
    try {
      const log: string[] = [];
      const seen = watched(test, log, 'test');
      const first = await frozenFeatures(tap, seen, { batch: 20, pieces: pieces(folder) });
      const again = await frozenFeatures(tap, seen, { batch: 20, pieces: pieces(folder) });
      expect(again.features).toEqual(first.features);
      expect(log).toHaveLength(40);
      const [file] = readdirSync(folder);
      writeFileSync(join(folder, file), 'half a piece');
      expect((await frozenFeatures(tap, seen, { batch: 20, pieces: pieces(folder) })).features).toEqual(
        first.features,
      );
      expect(log).toHaveLength(80);
      const other = tinyBackbone(key(3));
      await frozenFeatures(featureTap(other, 'features'), seen, { batch: 20, pieces: pieces(folder) });
      expect(log).toHaveLength(120);
      other.parameters.dispose();
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('names the image whose features are not finite', async () => {
    const broken = {
      ...test,
      plain: (rows: Int32Array) => {
        const images = new Float32Array(rows.length * 16 * 16 * 3);
        if (rows.includes(13)) images.fill(NaN, rows.indexOf(13) * 768, rows.indexOf(13) * 768 + 768);
        return { data: images, shape: [rows.length, 16, 16, 3] };
      },
    };
    await expect(frozenFeatures(tap, broken, { batch: 10 })).rejects.toThrow(/features: image 13 gives NaN/);
  });

  it('taps maps, means and the generalised mean of a transformer', () => {
    const network = vit({ size: 'tiny', patch: 8, depth: 1 }, key(0));
    const images = tf.tensor4d(uniformArray(fold(key(4), 'x'), 2 * 16 * 16 * 3), [2, 16, 16, 3]);
    for (const [kind, width] of [
      ['features', 192],
      ['map-mean', 192],
      ['features+map-mean', 384],
      ['features+gem4', 384],
    ] as const) {
      expect(featureTap(network, kind).features(images).shape).toEqual([2, width]);
    }
    const pooled = pooledTap(mapTap(network), 1).features(images);
    const mean = featureTap(network, 'map-mean').features(images);
    expect(tf.max(tf.abs(tf.sub(pooled, mean))).dataSync()[0]).toBeLessThan(1e-6);
    expect(() => mapTap(network, 'nowhere')).toThrow(/has no tap nowhere; its taps are/);
    expect(() => featureTap(network, 'cls' as 'features')).toThrow(/kind must be one of features, map-mean/);
  });
});

describe('linearOnImages', () => {
  const task = (log: string[]): LinearImageTask => ({
    taps: [tap],
    train: watched(train, log, 'train'),
    test: watched(test, log, 'test'),
    classes: 4,
  });
  const options = { preset: 'standard', key: key(5), epochs: 12, batch: 16, forwardBatch: 16 } as const;

  it('learns from augmented images, and reads every test image once', async () => {
    const log: string[] = [];
    const [last, best] = await collect(linearOnImages(task(log), options));
    expect(last).toMatchObject({ metric: 'linear.aug.standard.e12.b16.top1.last', n: 40, unit: '%' });
    expect(best.metric).toBe('linear.aug.standard.e12.b16.top1.best');
    expect(last.value).toBeGreaterThan(60);
    expect(best.value).toBeGreaterThanOrEqual(last.value);
    expect(log.filter((line) => line.startsWith('test')).sort()).toEqual(
      Array.from({ length: 40 }, (_, row) => `test ${row}`).sort(),
    );
    expect(log.filter((line) => line === 'train augmented')).toHaveLength(48);
  });

  it('chooses each tap its rate on held-out train images before the first test image', async () => {
    const log: string[] = [];
    const sweep = { ...options, lrs: [1e-9, 0.1], holdOut: 0.25 };
    const both = { ...task(log), taps: [tap, pooledTap(mapTap(backbone, 'stage0'), 2)] };
    const metrics = await collect(linearOnImages(both, sweep));
    expect(metrics.map(({ metric }) => metric)).toEqual(
      ['features', 'stage0-p2'].flatMap((name) =>
        ['last', 'best'].map((kind) => `linear.aug.standard.e12.b16.lr-sweep.${name}.top1.${kind}`),
      ),
    );
    expect(metrics.map(({ chosen }) => chosen)).toEqual(Array(4).fill({ lr: 0.1 }));
    const firstTest = log.findIndex((line) => line.startsWith('test'));
    // The sweep: 12 epochs of 48 images, 3 batches each; all of it before test.
    expect(log.slice(0, firstTest).filter((line) => line === 'train augmented')).toHaveLength(36);
    expect(log.filter((line) => line.startsWith('test'))).toHaveLength(40);
  });

  it('resumes from pieces without an image read, and leaks no tensor', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'fovea-pieces-'));
    try {
      const before = tf.memory().numTensors;
      const short = { ...options, epochs: 1, pieces: pieces(folder) };
      const first = await collect(linearOnImages(task([]), short));
      const log: string[] = [];
      expect(await collect(linearOnImages(task(log), short))).toEqual(first);
      expect(log).toEqual([]);
      expect(tf.memory().numTensors).toBe(before);
      const stored = () => keepMetrics(pieces(folder), 'whole', () => linearOnImages(task(log), options));
      const whole = await collect(stored());
      log.length = 0;
      expect(await collect(stored())).toEqual(whole);
      expect(log).toEqual([]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('refuses no tap and a batch of none', async () => {
    await expect(collect(linearOnImages({ ...task([]), taps: [] }, options))).rejects.toThrow(/one tap/);
    await expect(collect(linearOnImages(task([]), { ...options, forwardBatch: 0 }))).rejects.toThrow(
      /forwardBatch must be an integer >= 1, got 0/,
    );
  });
});

describe('fineTuning', () => {
  const source = {
    backbone: () => tinyBackbone(key(2)),
    train,
    test,
    classes: 4,
    forwardBatch: 20,
  };
  const rows = Int32Array.from({ length: 32 }, (_, at) => at);

  it('fine-tunes all weights on the listed rows, equal for equal keys, and frees everything', async () => {
    const before = tf.memory().numTensors;
    const log: string[] = [];
    const task = fineTuning({ ...source, train: watched(train, log, 'train') });
    const options = { preset: 'twist', share: '10%', rows, seeds: [0, 1], epochs: 30 } as const;
    const metrics = await collect(semiSupervised(task, options));
    expect(metrics.map(({ metric }) => metric)).toEqual([
      'semi.10%.twist.e30.top1',
      'semi.10%.twist.e30.top1.sd',
    ]);
    expect(metrics[0].value).toBeGreaterThan(50);
    expect(await collect(semiSupervised(task, options))).toEqual(metrics);
    expect(log.every((line) => line === 'train augmented')).toBe(true);
    expect(tf.memory().numTensors).toBe(before);
  });

  it('takes a list a seed, keeps finished seeds, and names full fine-tuning apart', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'fovea-pieces-'));
    try {
      const task = fineTuning(source);
      const lists = [rows, rows.map((row) => row + 32)];
      const seen: number[] = [];
      const counted = {
        ...task,
        fit: (...all: Parameters<typeof task.fit>) => {
          seen.push(all[0][0]);
          return task.fit(...all);
        },
      };
      const options = { preset: 'vissl', share: '100%', rows: lists, seeds: [0, 1], epochs: 1 } as const;
      const first = await collect(semiSupervised(counted, { ...options, pieces: pieces(folder) }));
      expect(first[0].metric).toBe('finetune.100%.vissl.e1.top1');
      expect(seen).toEqual([0, 32]);
      expect(await collect(semiSupervised(counted, { ...options, pieces: pieces(folder) }))).toEqual(first);
      expect(seen).toEqual([0, 32]);
      await expect(collect(semiSupervised(task, { ...options, seeds: [0] }))).rejects.toThrow(
        /2 lists of rows for 1 seeds/,
      );
      await expect(collect(semiSupervised(task, { ...options, preset: 'swav' }))).rejects.toThrow(
        /swav has no recipe for 100%/,
      );
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('has constants for every preset and share, milestones inside of the epochs', () => {
    for (const shares of Object.values(fineTunePresets)) {
      for (const recipes of Object.values<readonly FineTuneRecipe[]>(shares)) {
        for (const { schedule, epochs } of recipes) {
          if (schedule !== 'cosine') expect(schedule.at[schedule.at.length - 1]).toBeLessThan(epochs);
        }
      }
    }
  });
});
