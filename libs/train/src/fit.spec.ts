import { simClr, type Learner } from '@fovea/methods';
import { fold, key, normalArray } from '@fovea/random';
import { tf } from '@fovea/tensorflow';
import { describe, expect, it } from 'vitest';
import { extractFeatures } from './extract-features.ts';
import type { FitHistory, FitOptions, SourceBatch, StepReport, ViewSource } from './fit-options.ts';
import { fit } from './fit.ts';
import { sgd } from './optimisers/sgd.ts';
import { progressDisplay, progressLine } from './progress-line.ts';

const shape = [2, 4, 8, 8, 3] as const;
const size = 2 * 4 * 8 * 8 * 3;
const batchOf = (data: Float32Array): SourceBatch => ({ views: [{ data, shape }] });
const views = {
  images: 4,
  stepsPerEpoch: 3,
  batch: (epoch: number, step: number) => batchOf(normalArray(fold(fold(key(1), epoch), step), size)),
};

describe('fit', { timeout: 60_000 }, () => {
  it('gives bit-equal losses and weights from one seed, and others from another', async () => {
    const [first, again, other] = [await run(0), await run(0), await run(1)];
    expect(first.history.losses).toEqual(again.history.losses);
    expect(first.weights).toEqual(again.weights);
    expect(first.weights).not.toEqual(other.weights);
  });

  it('gives op by op what it gives as a graph, to rounding', async () => {
    const graph = await run(0);
    process.env.FOVEA_EAGER = '1';
    const eager = await run(0).finally(() => delete process.env.FOVEA_EAGER);
    // Two steps: on views of noise, rounding grows tenfold a step, between any two orders of summation.
    for (const step of [0, 1]) {
      const [loss, other] = [graph.history.losses[step], eager.history.losses[step]];
      expect(Math.abs(loss - other)).toBeLessThan(1e-5 * Math.abs(loss));
    }
  });

  it('lowers the loss on views that repeat', async () => {
    const { history } = await run(0, { epochs: 12, views: { ...views, batch: () => views.batch(0, 0) } });
    expect(history.losses[35]).toBeLessThan(0.8 * history.losses[0]);
  });

  it('reports every step and every epoch, in order', async () => {
    const steps: StepReport[] = [];
    const epochs: number[] = [];
    const { history } = await run(0, {
      onStep: (report) => steps.push(report),
      onEpoch: ({ epoch }) => void epochs.push(epoch),
    });
    expect(steps.map(({ step, epoch }) => [step, epoch])).toEqual(
      [1, 2, 3, 4, 5, 6].map((n) => [n, n < 4 ? 1 : 2]),
    );
    expect(steps.every(({ imagesPerSecond, secondsLeft }) => imagesPerSecond > 0 && secondsLeft >= 0)).toBe(
      true,
    );
    expect(epochs).toEqual([1, 2]);
    expect(history.epochs[1].loss).toBeCloseTo(
      (history.losses[3] + history.losses[4] + history.losses[5]) / 3,
      10,
    );
  });

  it('stops at the first loss that is not finite, naming the step', async () => {
    const learner = make(0);
    const poisoned: ViewSource = {
      ...views,
      batch: (epoch, step) =>
        step === 1 ? batchOf(new Float32Array(size).fill(NaN)) : views.batch(epoch, step),
    };
    const done = fit({ ...options(learner), views: poisoned });
    await expect(done).rejects.toThrow(
      'the loss of simclr is NaN in epoch 1, step 2 of 3 (learning rate 0.05)',
    );
    learner.dispose();
  });

  it('says when a run ended collapsed', async () => {
    const { history } = await run(0, {
      views: { ...views, batch: () => batchOf(new Float32Array(size)) },
    });
    expect(history.collapsed).toBe(true);
    expect((await run(0)).history.collapsed).toBe(false);
  });

  it('refuses views that lack what the learner needs', async () => {
    const learner: Learner = { ...make(0), needs: ['index', 'scores'] };
    await expect(fit(options(learner))).rejects.toThrow(
      'simclr needs index and scores beside the views, and the view source gives none',
    );
    learner.dispose();
  });

  it('keeps what a learner carries for its commit, and reports its metrics', async () => {
    const seen = tf.variable(tf.zeros([4, 8]));
    const inner = make(0);
    const learner: Learner = {
      ...inner,
      loss: (batch, targets, context) => {
        const result = inner.loss(batch, targets, context);
        const first = tf.slice(tf.reshape(batch.views[0], [8, 192]), [0, 0], [4, 8]);
        return { ...result, carry: { first }, metrics: { twice: tf.mul(result.loss, 2) } };
      },
      commit: (_, carry) => {
        seen.assign(carry.first);
      },
    };
    const reports: StepReport[] = [];
    await fit({ ...options(learner), onStep: (report) => reports.push(report) });
    for (const { loss, metrics } of reports) expect(metrics.twice).toBeCloseTo(2 * loss, 4);
    const last = views.batch(1, 2).views[0].data;
    expect([...seen.dataSync()].slice(0, 8)).toEqual([...last.subarray(0, 8)]);
    learner.dispose();
    seen.dispose();
  });

  it('refuses epochs that are no count', async () => {
    await expect(run(0, { epochs: 0 })).rejects.toThrow('epochs must be a positive integer, got 0');
  });
});

describe('extractFeatures', () => {
  it('gives each image the features it has alone, whatever the batch', () => {
    const { backbone, dispose } = make(0);
    const data = normalArray(key(2), 5 * 8 * 8 * 3);
    const batch = (from: number, to: number) => ({
      data: data.subarray(from * 192, to * 192),
      shape: [to - from, 8, 8, 3],
    });
    const whole = extractFeatures(backbone, 5, 5, batch);
    const pairs = extractFeatures(backbone, 5, 2, batch);
    expect(whole).toHaveLength(5 * backbone.features);
    pairs.forEach((value, index) => {
      expect(value).toBeCloseTo(whole[index], 5);
    });
    dispose();
  });
  it('names the image whose features are not finite', () => {
    const { backbone, dispose } = make(0);
    const bad = (from: number, to: number) => ({
      data: new Float32Array((to - from) * 192).fill(from === 2 ? NaN : 0),
      shape: [to - from, 8, 8, 3],
    });
    expect(() => extractFeatures(backbone, 4, 2, bad)).toThrow('gives NaN for image 2');
    dispose();
  });
});

describe('progressLine', () => {
  const report = {
    step: 1,
    steps: 2,
    epoch: 1,
    loss: 5.87141,
    metrics: {},
    imagesPerSecond: 411.6,
    secondsLeft: 3661,
  };
  it('rewrites one line on a terminal', () => {
    const written: string[] = [];
    const onStep = progressLine('bam', 1, { isTTY: true, write: (text) => written.push(text) });
    onStep(report);
    onStep({ ...report, step: 2 });
    expect(written[0]).toBe('\r\u001b[2Kbam  epoch 1/1  step 1/2  loss 5.8714  412 images/s  1:01:01 left');
    expect(written[1].endsWith('done\n')).toBe(true);
  });
  it('prints few whole lines elsewhere, the last step among them', () => {
    const written: string[] = [];
    const onStep = progressLine('bam', 1, { write: (text) => written.push(text) });
    for (let step = 1; step <= 100; step++) onStep({ ...report, step, steps: 100 });
    expect(written).toHaveLength(2);
    expect(written.every((line) => line.endsWith('\n') && !line.includes('\r'))).toBe(true);
  });
});

it('progressDisplay shows one output with a bar and rewrites it, the last step among them', () => {
  const report = {
    step: 1,
    steps: 100,
    epoch: 1,
    loss: 1.5,
    metrics: {},
    imagesPerSecond: 100,
    secondsLeft: 9,
  };
  const [shown, updated]: [unknown[], unknown[]] = [[], []];
  const onStep = progressDisplay('a<b', 1, (value) => {
    shown.push(value);
    return { update: (next) => void updated.push(next) };
  });
  for (let step = 1; step <= 100; step++) onStep({ ...report, step });
  const bundle = (value: unknown) =>
    (value as Record<symbol, () => Record<string, string>>)[Symbol.for('Jupyter.display')]();
  expect(shown).toHaveLength(1);
  expect(bundle(shown[0])['text/html']).toContain(
    'value="1"></progress> <code>a&lt;b  epoch 1/1  step 1/100',
  );
  expect(bundle(updated.at(-1))['text/plain']).toContain('step 100/100  loss 1.5000  100 images/s  done');
});

function make(seed: number): Learner {
  const projector = { hidden: [16], outputs: 8, hiddenNorm: true, outputNorm: 'plain' } as const;
  return simClr({ backbone: { depth: 18, width: 4, stem: 'cifar' }, projector, temperature: 0.2 }, key(seed));
}

function options(learner: Learner): FitOptions {
  return {
    learner,
    views,
    key: key(3),
    epochs: 2,
    optimiser: sgd({ momentum: 0.9 }),
    learningRate: () => 0.05,
  };
}

async function run(
  seed: number,
  changes: Partial<FitOptions> = {},
): Promise<{ history: FitHistory; weights: number[][] }> {
  const before = tf.memory().numTensors;
  const learner = make(seed);
  const settings = { ...options(learner), ...changes };
  const history = await fit(settings);
  const weights = [...learner.weights.values()].map((variable) => [...variable.dataSync()]);
  settings.optimiser.dispose();
  learner.dispose();
  expect(tf.memory().numTensors).toBe(before);
  return { history, weights };
}
