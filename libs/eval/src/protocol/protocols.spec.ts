import { fold, key, normalArray, uniformArray } from '@fovea/random';
import { tf } from '@fovea/tensorflow';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { backgroundsChallenge } from '../robustness/backgrounds-challenge.ts';
import { clustering } from '../clustering/clustering.ts';
import { fewShot } from '../few-shot/few-shot.ts';
import type { FineTuneRecipe } from '../fine-tuning/fine-tune-presets.ts';
import { insertionDeletion } from '../grounding/insertion-deletion.ts';
import { kMeans } from '../clustering/k-means.ts';
import { retrieval } from '../retrieval/retrieval.ts';
import { semiSupervised, type SemiSupervisedTask } from '../fine-tuning/semi-supervised.ts';
import { stratifiedFolds } from '../splits/stratified-folds.ts';
import { subset } from '../splits/subset.ts';
import { blobs, collect } from '../testing/blobs.ts';
import { pieces } from './run-control.ts';
import { voc07Costs, voc07LowShot, voc07Shots, voc07Svm } from '../svm/voc07-svm.ts';

const cloud = blobs({ classes: 6, D: 16, train: 300, test: 120, spread: 1.2 });

describe('voc07Svm and voc07LowShot', () => {
  const targets = (labels: Int32Array): Int8Array =>
    Int8Array.from({ length: labels.length * 3 }, (_, at) =>
      Number(labels[Math.floor(at / 3)] % 3 === at % 3),
    );
  const splits = {
    train: { features: cloud.train.features, targets: targets(cloud.train.labels) },
    test: { features: cloud.test.features, targets: targets(cloud.test.labels) },
    classes: 3,
  };

  it('ranks separable classes well and names the protocol', async () => {
    const [mAP, mAP11] = await collect(voc07Svm(splits, { costs: [0.01, 1, 100], key: key(0) }));
    expect(mAP).toMatchObject({ metric: 'svm.voc07.mAP', n: 120, unit: '%', direction: 'up' });
    expect(mAP11.metric).toBe('svm.voc07.mAP11');
    expect(mAP.value).toBeGreaterThan(85);
  });

  it('reads test once, after every class has its cost, chooses without it, and resumes', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'fovea-pieces-'));
    try {
      const log: string[] = [];
      const watched = {
        train: splits.train,
        classes: 3,
        get test() {
          log.push('test');
          return splits.test;
        },
      };
      const options = { costs: [1e-6, 1], key: key(0), pieces: pieces(folder) };
      const onProgress = ({ done }: { done: number }): unknown => log.push(`class ${done}`);
      const first = await collect(voc07Svm(watched, { ...options, onProgress }));
      expect(log).toEqual(['class 1', 'class 2', 'class 3', 'test']);
      const chosen = { cost0: 1, cost1: 1, cost2: 1 };
      expect(first.map((metric) => metric.chosen)).toEqual([chosen, chosen]);
      expect(await collect(voc07Svm(splits, options))).toEqual(first);
      const spoilt = { ...splits.test, targets: splits.test.targets.map((target) => 1 - target) };
      const [other] = await collect(voc07Svm({ ...splits, test: spoilt }, { costs: [1e-6, 1], key: key(0) }));
      expect(other.chosen).toEqual(chosen);
      expect(voc07Shots).toEqual([1, 2, 4, 8, 16, 32, 64, 96]);
      log.length = 0;
      await collect(voc07LowShot(watched, { shots: 2, samples: 3, cost: 1, key: key(0) }));
      expect(log).toEqual(['test']);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('leaves difficult objects out at test', async () => {
    const spoilt = splits.test.targets.map((target, at) => (at < 90 ? -1 : target));
    const alone = {
      features: cloud.test.features.subarray(30 * 16),
      targets: splits.test.targets.subarray(90),
    };
    const run = (test: typeof splits.test) =>
      collect(voc07Svm({ ...splits, test }, { costs: [1], key: key(0) })).then((all) =>
        all.map(({ value }) => value),
      );
    expect(await run({ features: cloud.test.features, targets: spoilt })).toEqual(await run(alone));
  });

  it('improves with the number of shots and refuses more than there are', async () => {
    const run = (shots: number) => collect(voc07LowShot(splits, { shots, samples: 3, cost: 1, key: key(0) }));
    const [[one], [ten]] = [await run(1), await run(10)];
    expect(one.metric).toBe('svm.voc07.k1.C1.mAP');
    expect(ten.value).toBeGreaterThan(one.value);
    await expect(run(20)).rejects.toThrow(/class 0 has 200 rows with target 0, needs 380/);
  });

  it('offers the costs of the protocol', () => {
    expect(voc07Costs).toHaveLength(19);
    expect([voc07Costs[0], voc07Costs[15]]).toEqual([0.5 ** 19, 0.5 ** 4]);
  });

  it('deals folds class by class', () => {
    expect(Array.from(stratifiedFolds([0, 0, 0, 1, 0, 1, 1, 0], 3))).toEqual([0, 0, 1, 0, 1, 1, 2, 2]);
    expect(() => stratifiedFolds([0, 1, 1, 1], 3)).toThrow(/class 0 has 1 samples for 3 folds/);
  });
});

describe('semiSupervised', () => {
  /** A "network" whose accuracy depends on the recipe alone, with a log of what it was asked. */
  function fake(quality: (recipe: FineTuneRecipe) => number): { task: SemiSupervisedTask; log: string[] } {
    const log: string[] = [];
    const trainLabels = Int32Array.from({ length: 100 }, (_, at) => at % 2);
    const spoil = (labels: Int32Array, share: number): Int32Array =>
      labels.map((label, at) => (at < share * labels.length ? label : 1 - label));
    const task: SemiSupervisedTask = {
      trainLabels,
      testLabels: Int32Array.from({ length: 50 }, (_, at) => at % 2),
      fit: (rows, recipe, seed) => {
        log.push(`fit ${rows.length} ${recipe.name} ${seed.join()}`);
        return Promise.resolve({
          predictTrain: (held) =>
            Promise.resolve(
              spoil(
                held.map((row) => trainLabels[row]),
                quality(recipe),
              ),
            ),
          predictTest: () => {
            log.push('test');
            return Promise.resolve(spoil(task.testLabels, 0.5));
          },
          dispose: () => log.push('dispose'),
        });
      },
    };
    return { task, log };
  }
  const rows = Int32Array.from({ length: 40 }, (_, at) => 2 * at + (at % 2));

  it('chooses a recipe on held-out labelled rows, then trains on all of them once a seed', async () => {
    const { task, log } = fake(({ backboneLr, headLr }) =>
      backboneLr === 0.01 && headLr === 0.1 ? 0.9 : 0.5,
    );
    const [mean, sd] = await collect(
      semiSupervised(task, { preset: 'openselfsup-grid', share: '1%', rows, seeds: [3, 4], holdOut: 0.25 }),
    );
    expect(mean).toMatchObject({
      metric: 'semi.1%.openselfsup-grid.top1',
      value: 50,
      n: 50,
      chosen: { backboneLr: 0.01, headLr: 0.1 },
    });
    expect(sd).toMatchObject({ metric: 'semi.1%.openselfsup-grid.top1.sd', value: 0, n: 2 });
    expect(log.filter((line) => line === 'test')).toHaveLength(2);
    expect(log.indexOf('test')).toBeGreaterThan(log.findLastIndex((line) => line.startsWith('fit 30')));
    expect(log.filter((line) => line.startsWith('fit 40'))).toEqual([
      'fit 40 lr0.01.head10 0,3',
      'fit 40 lr0.01.head10 0,4',
    ]);
    expect(log.filter((line) => line === 'dispose')).toHaveLength(11);
  });

  it('uses the one recipe of SwAV and TWIST as it stands', async () => {
    const { task, log } = fake(() => 1);
    const metrics = await collect(semiSupervised(task, { preset: 'swav', share: '10%', rows, seeds: [0] }));
    expect(metrics).toHaveLength(1);
    expect(metrics[0].chosen).toBeUndefined();
    expect(log[0]).toBe('fit 40 swav 0,0');
  });

  it('refuses repeated rows and a grid without held-out rows', async () => {
    const { task } = fake(() => 1);
    const run = (extra: object) =>
      collect(semiSupervised(task, { preset: 'swav', share: '1%', rows, seeds: [0], ...extra }));
    await expect(run({ rows: Int32Array.of(1, 1) })).rejects.toThrow(/row 1 repeats/);
    await expect(run({ rows: Int32Array.of(100) })).rejects.toThrow(/row 100 repeats or is not in train/);
    await expect(run({ preset: 'openselfsup-grid' })).rejects.toThrow(/holdOut goes with a grid/);
  });
});

describe('fewShot', () => {
  const options = {
    ways: 5,
    shots: 1,
    queries: 5,
    episodes: 40,
    classifier: 'nearest-mean',
    key: key(0),
  } as const;

  it('beats chance, improves with shots, and repeats by its key', async () => {
    const run = async (extra: object) => (await collect(fewShot(cloud.test, { ...options, ...extra })))[0];
    const one = await run({});
    expect(one).toMatchObject({ metric: 'fewshot.5way.1shot.5q.nearest-mean.top1', n: 40 });
    expect(one.value).toBeGreaterThan(40);
    expect((await run({ shots: 5 })).value).toBeGreaterThan(one.value);
    expect(await run({})).toEqual(one);
    expect((await run({ shots: 5, classifier: 'logistic' })).value).toBeGreaterThan(one.value);
  });

  it('refuses more ways than classes with enough samples', async () => {
    await expect(collect(fewShot(cloud.test, { ...options, ways: 7 }))).rejects.toThrow(
      /ways must be an integer in \[2, 6\]/,
    );
    await expect(collect(fewShot(cloud.test, { ...options, queries: 20 }))).rejects.toThrow(
      /in \[2, 0\] \(classes with 21 samples\)/,
    );
  });
});

describe('retrieval', () => {
  it('gives the mAP worked out by hand, the query left out of its own ranking', async () => {
    const bank = Float32Array.of(1, 0, 0.9, 0.1, 0.5, 0.5, 0, 1);
    const [metric] = await collect(
      retrieval(
        { queries: bank.subarray(0, 2), bank, relevant: [Int32Array.of(1, 3)], ignored: [Int32Array.of(0)] },
        {},
      ),
    );
    expect(metric.value).toBeCloseTo(100 * (0.5 + 0.5 * (2 / 3)), 10);
    expect(metric).toMatchObject({ metric: 'retrieval.cosine.mAP', n: 1 });
  });

  it('refuses a query without a relevant row and rows that do not exist', async () => {
    const task = { queries: Float32Array.of(1, 0), bank: Float32Array.of(1, 0), ignored: [Int32Array.of()] };
    await expect(collect(retrieval({ ...task, relevant: [Int32Array.of()] }, {}))).rejects.toThrow(
      /no positive/,
    );
    await expect(collect(retrieval({ ...task, relevant: [Int32Array.of(4)] }, {}))).rejects.toThrow(
      /bank row 4 of 1/,
    );
  });
});

describe('kMeans and clustering', () => {
  it('recovers well separated clusters, better scores for better features, no tensor left', async () => {
    const before = tf.memory().numTensors;
    const options = { k: 6, restarts: 4, maxIterations: 50, key: key(0) };
    const metrics = await collect(clustering(cloud.train, options));
    expect(metrics.map(({ metric }) => metric)).toEqual(
      ['nmi', 'ami', 'ari', 'accuracy'].map((name) => `clustering.kmeans.k6.r4.${name}`),
    );
    const noise = { ...cloud.train, features: normalArray(key(1), cloud.train.features.length) };
    const chance = await collect(clustering(noise, options));
    metrics.forEach(({ value }, at) => expect(value).toBeGreaterThan(chance[at].value + 0.2));
    expect(tf.memory().numTensors).toBe(before);
  });

  it('never ends above its start and gives every row its nearest centre', () => {
    const features = uniformArray(fold(key(2), 'x'), 200 * 3);
    const { clusters, centres, inertia } = kMeans(features, 200, {
      k: 5,
      restarts: 1,
      maxIterations: 100,
      key: key(3),
    });
    let sum = 0;
    clusters.forEach((cluster, row) => {
      const distances = Array.from({ length: 5 }, (_, c) =>
        [0, 1, 2].reduce((total, d) => total + (features[row * 3 + d] - centres[c * 3 + d]) ** 2, 0),
      );
      expect(distances[cluster]).toBeCloseTo(Math.min(...distances), 5);
      sum += distances[cluster];
    });
    expect(inertia).toBeCloseTo(sum, 4);
  });

  it('takes as many clusters as there are different rows, and refuses more than rows', () => {
    const same = Float32Array.of(1, 1, 1, 1);
    expect(kMeans(same, 4, { k: 2, restarts: 1, maxIterations: 5, key: key(0) }).inertia).toBe(0);
    expect(() => kMeans(same, 4, { k: 5, restarts: 1, maxIterations: 5, key: key(0) })).toThrow(
      /k must be an integer in \[1, 4\], got 5/,
    );
  });
});

describe('backgroundsChallenge', () => {
  it('reports each variant and the gap', async () => {
    const labels = Int32Array.of(0, 1, 2, 3);
    const metrics = await collect(
      backgroundsChallenge({
        'mixed-same': { predictions: Int32Array.of(0, 1, 2, 0), labels },
        'mixed-rand': { predictions: Int32Array.of(0, 1, 0, 0), labels },
        'no-fg': { predictions: Int32Array.of(0, 0, 0, 0), labels },
      }),
    );
    expect(metrics.map(({ metric, value, direction }) => [metric, value, direction])).toEqual([
      ['backgrounds.mixed-same.top1', 75, 'up'],
      ['backgrounds.mixed-rand.top1', 50, 'up'],
      ['backgrounds.no-fg.top1', 25, 'down'],
      ['backgrounds.bg-gap', 25, 'down'],
    ]);
    await expect(collect(backgroundsChallenge({}))).rejects.toThrow(/needs mixed-same and mixed-rand/);
  });
});

describe('insertionDeletion', () => {
  it('gives the areas worked out by hand: the score is the share of the first two pixels kept', async () => {
    const score = (keep: Uint8Array) => Promise.resolve((keep[0] + keep[1]) / 2);
    const right = await insertionDeletion(Float32Array.of(4, 3, 2, 1), { steps: 4, score });
    expect(right.insertion).toBeCloseTo((0.25 + 0.75 + 1 + 1) / 4, 15);
    expect(right.deletion).toBeCloseTo((0.75 + 0.25) / 4, 15);
    const wrong = await insertionDeletion(Float32Array.of(1, 2, 3, 4), { steps: 4, score });
    expect(wrong.insertion).toBeLessThan(right.insertion);
    await expect(insertionDeletion(new Float32Array(4), { steps: 2, score })).rejects.toThrow(
      /orders nothing/,
    );
  });
});

describe('subset', () => {
  it('copies rows in the order given and refuses others', () => {
    const data = { features: Float32Array.of(1, 2, 3, 4, 5, 6), labels: Int32Array.of(7, 8, 9) };
    expect(subset(data, Int32Array.of(2, 0))).toEqual({
      features: Float32Array.of(5, 6, 1, 2),
      labels: Int32Array.of(9, 7),
    });
    expect(() => subset(data, Int32Array.of(3))).toThrow(/row 3 is not one of 3/);
  });
});
