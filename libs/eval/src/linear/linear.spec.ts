import { fold, key, normalArray, type Key } from '@fovea/random';
import { tf } from '@fovea/tensorflow';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { holdOut } from '../splits/hold-out.ts';
import { linear } from './linear.ts';
import { linearPresets, type LinearPreset } from './linear-presets.ts';
import { linearProbe } from './linear-probe.ts';
import { linearOnShare } from './linear-on-share.ts';
import { pieces, type EvaluationProgress } from '../protocol/run-control.ts';
import { blobs, collect, spied } from '../testing/blobs.ts';

const easy = blobs({ classes: 4, D: 16, train: 400, test: 200, spread: 1.5 });
const presets = Object.keys(linearPresets) as LinearPreset[];

describe('linearProbe', () => {
  it.each([false, true])(
    'takes the steps of momentum SGD worked out in double precision, nesterov %s',
    async (nesterov) => {
      const data = { features: Float32Array.of(1, 2, -1, 0.5, 0.3, -2), labels: Int32Array.of(0, 1, 1) };
      const recipe = {
        ...linearPresets.swav,
        nesterov,
        schedule: { at: [2], factor: 0.1 },
        weightDecay: 0.1,
        batch: 3,
        epochs: 5,
      };
      const { losses } = await linearProbe(data, data, 2, recipe, [0.5], key(3));
      const expected = referenceLosses(data.features, data.labels, recipe, 0.5, key(3));
      losses.forEach(([loss], epoch) => expect(loss).toBeCloseTo(expected[epoch], 6));
    },
  );

  it('gives each head of a sweep what it would get alone', async () => {
    const recipe = { ...linearPresets.standard, epochs: 3 };
    const together = await linearProbe(easy.train, easy.test, 4, recipe, [0.01, 0.1, 1], key(0));
    const alone = await linearProbe(easy.train, easy.test, 4, recipe, [0.1], key(0));
    alone.losses.forEach(([loss], epoch) => expect(together.losses[epoch][1]).toBeCloseTo(loss, 5));
  });

  it('is a pure function of the key', async () => {
    const recipe = { ...linearPresets.standard, epochs: 2 };
    const run = (seed: number) => linearProbe(easy.train, easy.test, 4, recipe, [0.1], key(seed));
    expect(await run(1)).toEqual(await run(1));
    expect((await run(1)).losses).not.toEqual((await run(2)).losses);
  });

  it('scores a diverged head 0 and says so', async () => {
    const huge = { ...easy.train, features: easy.train.features.map((value) => value * 1e15) };
    const recipe = { ...linearPresets.moco, epochs: 2 };
    const { finite, accuracies } = await linearProbe(huge, easy.test, 4, recipe, [1e30, 1e-30], key(0));
    expect(finite).toEqual([false, true]);
    expect(accuracies[1][0]).toBe(0);
  });

  it('leaks no tensor', async () => {
    const before = tf.memory().numTensors;
    await linearProbe(easy.train, easy.test, 4, { ...linearPresets.simsiam, epochs: 2 }, [1], key(0));
    expect(tf.memory().numTensors).toBe(before);
  });
});

describe('linear', () => {
  it.each(presets)('separates well separated classes with preset %s', async (preset) => {
    const scaled = preset === 'dino' ? 8 : 1; // made for the long features of a ViT
    const grow = (split: typeof easy.train) => ({
      ...split,
      features: split.features.map((value) => value * scaled),
    });
    const splits = { train: grow(easy.train), test: grow(easy.test), classes: 4 };
    // LARS moves the weights by a thousandth of their length a step, so its one step an epoch here is too few.
    const smaller = preset === 'simsiam' ? { epochs: 30, batch: 16 } : {};
    const name = preset === 'simsiam' ? 'simsiam.e30.b16' : preset;
    const [last, best] = await collect(linear(splits, { preset, key: key(0), ...smaller }));
    expect(last).toMatchObject({
      metric: `linear.cached.${name}.top1.last`,
      n: 200,
      unit: '%',
      direction: 'up',
    });
    expect(best.metric).toBe(`linear.cached.${name}.top1.best`);
    expect(last.value).toBeGreaterThan(97);
    expect(best.value).toBeGreaterThanOrEqual(last.value);
  });

  it('chooses the learning rate before it reads one test row, and says which', async () => {
    const sweep = {
      preset: 'swav',
      key: key(0),
      lrs: [1e-9, 0.1],
      holdOut: 0.2,
      epochs: 5,
      batch: 64,
    } as const;
    const { splits, reads } = spied(easy);
    const [last] = await collect(linear(splits, sweep));
    expect(last.metric).toBe('linear.cached.swav.e5.b64.lr-sweep.top1.last');
    expect(last.chosen).toEqual({ lr: 0.1 });

    const plain = spied(easy);
    await collect(linear(plain.splits, { preset: 'swav', key: key(0), epochs: 5, batch: 64 }));
    const countTest = (all: string[]) => all.filter((name) => name === 'test').length;
    expect(countTest(reads)).toBe(countTest(plain.reads)); // the sweep adds no read of test
    expect(reads.indexOf('test')).toBeGreaterThan(plain.reads.indexOf('test')); // and is over before the first

    const broken = { ...easy, test: { ...easy.test, labels: easy.test.labels.map((label) => 3 - label) } };
    const [other] = await collect(linear(broken, sweep));
    expect(other.chosen).toEqual({ lr: 0.1 });
  });

  it('takes the test split once, after the choice, and resumes from pieces without it', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'fovea-pieces-'));
    try {
      const validation = Int32Array.from({ length: 80 }, (_, row) => row);
      const { splits, reads } = spied(easy);
      const progress: string[] = [];
      const sweep = {
        preset: 'swav',
        key: key(0),
        lrs: [1e-9, 0.1],
        holdOut: validation,
        epochs: 3,
        batch: 64,
        pieces: pieces(folder),
        onProgress: ({ what, done, total }: EvaluationProgress) => {
          progress.push(`${what} ${done}/${total} ${reads.includes('splits.test')}`);
        },
      } as const;
      const first = await collect(linear(splits, sweep));
      expect(reads.filter((name) => name === 'splits.test')).toHaveLength(1);
      expect(progress).toEqual([
        ...[1, 2, 3].map((epoch) => `linear: sweep epoch ${epoch}/3 false`),
        ...[1, 2, 3].map((epoch) => `linear: epoch ${epoch}/3 true`),
      ]);
      progress.length = 0;
      expect(await collect(linear(easy, sweep))).toEqual(first);
      expect(progress).toEqual([]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('trains on a share of the labels, list by list, with one choice on the first', async () => {
    const lists = [0, 1].map((first) =>
      Int32Array.from({ length: 40 }, (_, at) => 4 * (2 * at + first) + (at % 4)),
    );
    const { splits, reads } = spied(easy);
    const options = {
      preset: 'swav',
      share: '10%',
      rows: lists,
      key: key(0),
      lrs: [1e-9, 0.1],
      holdOut: 0.2,
      epochs: 5,
    } as const;
    const metrics = await collect(linearOnShare(splits, options));
    expect(metrics.map(({ metric }) => metric)).toEqual(
      ['last', 'last.sd', 'best', 'best.sd'].map((kind) => `linear.10%.swav.e5.lr-sweep.top1.${kind}`),
    );
    expect(metrics[0]).toMatchObject({ n: 200, chosen: { lr: 0.1 } });
    expect(metrics[0].value).toBeGreaterThan(80);
    expect(reads.filter((name) => name === 'splits.test')).toHaveLength(1);
    await expect(collect(linearOnShare(easy, { ...options, rows: [] }))).rejects.toThrow(/one list of rows/);
  });

  it('refuses unknown presets and options, and a sweep without held-out rows', async () => {
    const run = (options: object) => collect(linear(easy, { preset: 'swav', key: key(0), ...options }));
    await expect(run({ preset: 'swaw' })).rejects.toThrow(/unknown preset swaw; known are moco/);
    await expect(run({ lr: 3 })).rejects.toThrow(/unknown option lr/);
    await expect(run({ lrs: [1] })).rejects.toThrow(/go together/);
    await expect(run({ epochs: 0 })).rejects.toThrow(/epochs must be an integer >= 1, got 0/);
    await expect(run({ lrs: [-1], holdOut: 0.1 })).rejects.toThrow(/lrs must be/);
  });
});

describe('holdOut', () => {
  it('holds out the fraction of every class, disjoint from the rest', () => {
    const data = {
      features: Float32Array.from({ length: 30 }, (_, at) => at),
      labels: Int32Array.from({ length: 30 }, (_, row) => (row < 20 ? 0 : 1)),
    };
    const { fit, held } = holdOut(data, 0.2, key(0));
    expect(held.labels.filter((label) => label === 0)).toHaveLength(4);
    expect(held.labels.filter((label) => label === 1)).toHaveLength(2);
    expect([...fit.features, ...held.features].sort((a, b) => a - b)).toEqual(Array.from(data.features));
    expect(holdOut(data, 0.2, key(0))).toEqual({ fit, held });
  });

  it('holds out the rows of a validation list, and refuses lists that cannot be', () => {
    const data = { features: Float32Array.of(1, 2, 3, 4), labels: Int32Array.of(0, 0, 1, 1) };
    const { fit, held } = holdOut(data, Int32Array.of(3, 0), key(0));
    expect([...held.features]).toEqual([1, 4]);
    expect([...fit.features]).toEqual([2, 3]);
    for (const [rows, message] of [
      [[0, 0], /row 0 repeats/],
      [[4], /row 4 repeats or is not one of the 4/],
      [[0, 1], /all rows of class 0 are held out/],
      [[], /no row to choose on/],
    ] as const) {
      expect(() => holdOut(data, Int32Array.from(rows), key(0))).toThrow(message);
    }
  });

  it('refuses a class with one sample', () => {
    const data = { features: Float32Array.of(1, 2, 3), labels: Int32Array.of(0, 0, 1) };
    expect(() => holdOut(data, 0.5, key(0))).toThrow(/class 1 has one sample/);
  });
});

/** Full-batch softmax regression by the formula, [D + 1, C] weights with the bias last. */
function referenceLosses(
  features: Float32Array,
  labels: Int32Array,
  recipe: { momentum: number; nesterov: boolean; weightDecay: number; epochs: number },
  lr: number,
  seed: Key,
): number[] {
  const N = labels.length;
  const D = features.length / N;
  const C = 2;
  const W = [...normalArray(fold(seed, 'weights'), D * C, 0, 0.01), 0, 0];
  const V = W.map(() => 0);
  return Array.from({ length: recipe.epochs }, (_, epoch) => {
    const G = W.map((weight) => recipe.weightDecay * weight);
    let loss = 0;
    labels.forEach((label, row) => {
      const x = [...features.subarray(row * D, (row + 1) * D), 1];
      const logits = [0, 1].map((c) => x.reduce((sum, value, d) => sum + value * W[d * C + c], 0));
      const total = logits.reduce((sum, logit) => sum + Math.exp(logit), 0);
      loss -= (logits[label] - Math.log(total)) / N;
      logits.forEach((logit, c) => {
        const delta = (Math.exp(logit) / total - (c === label ? 1 : 0)) / N;
        x.forEach((value, d) => (G[d * C + c] += value * delta));
      });
    });
    W.forEach((_weight, at) => {
      V[at] = recipe.momentum * V[at] + G[at];
      W[at] -= lr * (epoch >= 2 ? 0.1 : 1) * (recipe.nesterov ? G[at] + recipe.momentum * V[at] : V[at]);
    });
    return loss;
  });
}
