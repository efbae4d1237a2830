import { key } from '@fovea/random';
import { describe, expect, it } from 'vitest';
import { clustering } from '../clustering/clustering.ts';
import { fewShot } from '../few-shot/few-shot.ts';
import { grounding } from '../grounding/grounding.ts';
import { knn } from '../knn/knn.ts';
import { linearOnShare } from '../linear/linear-on-share.ts';
import { linear } from '../linear/linear.ts';
import { longTail } from '../long-tail/long-tail.ts';
import { logisticProbe } from '../probes/logistic-probe.ts';
import { ridgeProbe } from '../probes/ridge-probe.ts';
import { copyDetection } from '../retrieval/copy-detection.ts';
import { retrieval } from '../retrieval/retrieval.ts';
import type { FeatureSplits } from '../splits/feature-splits.ts';
import { voc07LowShot, voc07Svm } from '../svm/voc07-svm.ts';
import { blobs, collect, spied } from '../testing/blobs.ts';
import { transfer } from '../transfer/transfer.ts';
import { videoSegmentation } from '../video/video-segmentation.ts';
import type { Metric } from './metric.ts';

const classes = 10;
const cloud = blobs({ classes, D: 6, train: 200, test: 50, spread: 2 });
const sweep = { holdOut: 0.2, key: key(0) } as const;
const short = { preset: 'swav', key: key(0), epochs: 2, batch: 64 } as const;
const share = {
  share: '10%',
  rows: [0, 1].map((first) => Int32Array.from({ length: 40 }, (_, at) => at + 100 * first)),
} as const;
const many = { scale: 'standardised', precision: 'float64' } as const;

type Evaluate = (splits: FeatureSplits) => AsyncIterable<Metric>;

/** Every evaluator of cached features that chooses something, with what it chooses among. */
const choosing: Record<string, Evaluate> = {
  linear: (splits) => linear(splits, { ...short, ...sweep, lrs: [1e-9, 0.1] }),
  linearOnShare: (splits) => linearOnShare(splits, { ...short, ...share, ...sweep, lrs: [1e-9, 0.1] }),
  logisticProbe: (splits) => logisticProbe(splits, { ...many, ...sweep, Cs: [1e-5, 1] }),
  ridgeProbe: (splits) => ridgeProbe(splits, { scale: 'raw', ...sweep, alphas: [1e8, 1] }),
  longTail: (splits) => longTail(splits, { factor: 4, Cs: [1e-5, 1], scale: 'raw', ...sweep }),
  transfer: (splits) => transfer(splits, { set: 'cifar10', Cs: [1e-5, 1], ...sweep }),
};

/** Those that choose nothing. */
const fixed: Record<string, Evaluate> = {
  knn: (splits) => knn(splits, { k: 5, temperature: 0.07 }),
  'linear without a sweep': (splits) => linear(splits, short),
  'logisticProbe with one C': (splits) => logisticProbe(splits, { ...many, Cs: [1] }),
  'ridgeProbe with one alpha': (splits) => ridgeProbe(splits, { scale: 'l2', alphas: [1] }),
};

describe('every evaluator of cached features', () => {
  it.each(Object.entries({ ...choosing, ...fixed }))('%s takes the test split once', async (_, evaluate) => {
    const { splits, reads } = spied(cloud);
    await collect(evaluate(splits));
    expect(reads.filter((read) => read === 'splits.test')).toHaveLength(1);
  });

  it.each(Object.entries(choosing))('%s chooses the same whatever test holds', async (_, evaluate) => {
    const [first] = await collect(evaluate(cloud));
    const test = {
      features: cloud.test.features.map((x) => -x),
      labels: cloud.test.labels.map((c) => 9 - c),
    };
    const [other] = await collect(evaluate({ ...cloud, test }));
    expect(first.chosen).toBeDefined();
    expect(other.chosen).toEqual(first.chosen);
    expect(other.value).not.toBe(first.value);
  });

  it.each(Object.entries(choosing))(
    '%s has made its choice before it reads a number of test',
    async (_, evaluate) => {
      const broken = spied({
        ...cloud,
        test: { ...cloud.test, features: cloud.test.features.map(() => NaN) },
      });
      await expect(collect(evaluate(broken.splits))).rejects.toThrow(/test.*row 0 holds NaN/);
      const whole = spied(cloud);
      await collect(evaluate(whole.splits));
      const atTest = whole.reads.indexOf('splits.test');
      expect(whole.reads.slice(0, atTest)).not.toContain('test');
      expect(atTest).toBeGreaterThan(2); // train was read for the choice
    },
  );

  it.each(Object.entries({ ...choosing, ...fixed }))(
    '%s refuses NaN by its row, in train and in test',
    async (_, evaluate) => {
      const at = (row: number, features: Float32Array): Float32Array =>
        features.map((value, place) => (place === row * 6 + 2 ? NaN : value));
      const test = { ...cloud.test, features: at(7, cloud.test.features) };
      await expect(collect(evaluate({ ...cloud, test }))).rejects.toThrow(/test.*row 7 holds NaN/);
      const everywhere = { ...cloud.train, features: cloud.train.features.map(() => NaN) };
      await expect(collect(evaluate({ ...cloud, train: everywhere }))).rejects.toThrow(/row 0 holds NaN/);
    },
  );

  it.each(Object.entries({ ...choosing, ...fixed }))(
    '%s gives chance for features that are all equal',
    async (_, evaluate) => {
      const flat = (split: FeatureSplits['train']): FeatureSplits['train'] => ({
        ...split,
        features: split.features.map(() => 3),
      });
      const [metric] = await collect(evaluate({ train: flat(cloud.train), test: flat(cloud.test), classes }));
      expect(metric.value).toBeCloseTo(10, 10); // one class is predicted, all are as large
    },
  );

  it.each(Object.entries({ ...choosing, ...fixed }))(
    '%s takes one test sample, and a class that test lacks',
    async (_, evaluate) => {
      const one = { features: cloud.test.features.slice(0, 6), labels: cloud.test.labels.slice(0, 1) };
      const [metric] = await collect(evaluate({ ...cloud, test: one }));
      expect(metric.n).toBe(1);
      expect([0, 50, 100]).toContain(metric.value); // 50: the mean over two lists of rows
    },
  );
});

describe('evaluators of other input', () => {
  const { features, labels } = cloud.train;
  const bad = features.map((value, at) => (at === 6 * 31 + 4 ? NaN : value));
  const targets = Int8Array.from({ length: labels.length * 2 }, (_, at) =>
    Number(labels[at >> 1] % 2 === at % 2),
  );
  const lists = Array.from(labels, (_, row) => Int32Array.of((row + 10) % labels.length));
  const none = lists.map(() => Int32Array.of());
  const shots = { ways: 3, shots: 2, queries: 2, episodes: 4, key: key(0) } as const;
  const maps = { masks: [1, 0, 0, 0, 1, 0, 0, 0], height: 2, width: 2 };
  const video = {
    name: 'square',
    features: [features.slice(0, 96), bad.slice(6 * 26, 6 * 26 + 96)],
    annotations: [new Uint8Array(16), new Uint8Array(16)],
    rows: 4,
    columns: 4,
    patch: 1,
    objects: 1,
  };

  it.each<[string, () => AsyncIterable<Metric>, RegExp]>([
    [
      'fewShot',
      () => fewShot({ features: bad, labels }, { ...shots, classifier: 'nearest-mean' }),
      /row 31 holds NaN/,
    ],
    [
      'clustering',
      () => clustering({ features: bad, labels }, { k: 3, restarts: 1, maxIterations: 5, key: key(0) }),
      /row 31 holds NaN/,
    ],
    [
      'retrieval, queries',
      () => retrieval({ queries: bad, bank: features, relevant: lists, ignored: none }, {}),
      /row 31 holds NaN/,
    ],
    [
      'retrieval, bank',
      () => retrieval({ queries: features, bank: bad, relevant: lists, ignored: none }, {}),
      /row 31 holds NaN/,
    ],
    [
      'copyDetection, external images',
      () =>
        copyDetection(
          { queries: features, bank: features, relevant: lists, ignored: none },
          { external: bad, externalCount: 200, components: 2 },
        ),
      /row 31 holds NaN/,
    ],
    [
      'voc07Svm',
      () =>
        voc07Svm(
          { train: { features: bad, targets }, test: { features, targets }, classes: 2 },
          { costs: [1], key: key(0) },
        ),
      /row 31 holds NaN/,
    ],
    [
      'voc07LowShot',
      () =>
        voc07LowShot(
          { train: { features, targets }, test: { features: bad, targets }, classes: 2 },
          { shots: 1, samples: 1, cost: 1, key: key(0) },
        ),
      /row 31 holds NaN/,
    ],
    [
      'grounding',
      () =>
        grounding(
          { ...maps, maps: Float32Array.of(1, 0, 0, 0, 1, NaN, 0, 0) },
          {
            tolerance: 0,
            thresholds: [0.5],
          },
        ),
      /maps: row 1 holds NaN/,
    ],
    [
      'videoSegmentation',
      () => videoSegmentation([video], { frames: 1, window: 2, topK: 2, temperature: 0.1 }),
      /features\[1\]: row 5 holds NaN/,
    ],
  ])('%s refuses NaN by its place', async (_, evaluate, message) => {
    await expect(collect(evaluate())).rejects.toThrow(message);
  });

  it('ranks ties of retrieval by the lower row, so that equal features give one figure', async () => {
    const equal = features.map(() => 1);
    const task = {
      queries: equal.slice(0, 6),
      bank: equal,
      relevant: [Int32Array.of(0, 3)],
      ignored: [Int32Array.of(1)],
    };
    const [metric] = await collect(retrieval(task, {}));
    expect(Number.isFinite(metric.value)).toBe(true);
    expect((await collect(retrieval(task, {})))[0].value).toBe(metric.value);
  });
});
