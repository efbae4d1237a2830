import { key } from '@fovea/random';
import { tf } from '@fovea/tensorflow';
import { describe, expect, it } from 'vitest';
import type { FitOptions, SourceBatch } from '../fit-options.ts';
import { fit } from '../fit.ts';
import { adamW } from '../optimisers/adam-w.ts';
import { sgd } from '../optimisers/sgd.ts';
import { noiseViews, tinyLearner } from '../testing/tiny-learner.ts';

const views = noiseViews(key(1), 4);

describe('fit', { timeout: 60_000 }, () => {
  it('asks for the next batches before it runs a step, as many ahead as the source allows', async () => {
    for (const ahead of [1, 3]) {
      const events: string[] = [];
      const batch = (epoch: number, step: number): Promise<SourceBatch> => {
        events.push(`ask ${4 * epoch + step}`);
        return Promise.resolve(views.batch(epoch, step) as SourceBatch);
      };
      const onStep = ({ step }: { step: number }) => void events.push(`done ${step - 1}`);
      await run({ views: { ...views, batch, ahead }, onStep, epochs: 2 });
      const at = (event: string) => events.indexOf(event);
      for (let step = 0; step + ahead < 8; step++) {
        expect(at(`ask ${step + ahead}`)).toBeLessThan(at(`done ${step}`));
        if (step + ahead + 1 < 8) expect(at(`ask ${step + ahead + 1}`)).toBeGreaterThan(at(`done ${step}`));
      }
      expect(events.filter((event) => event.startsWith('ask'))).toHaveLength(8);
    }
  });

  it('gives the same losses whether batches come at once, as promises, or all in one buffer', async () => {
    const plain = await run({});
    const later = await run({
      views: { ...views, batch: async (epoch, step) => Promise.resolve(views.batch(epoch, step)) },
    });
    const first = (views.batch(0, 0) as SourceBatch).views[0];
    const buffer = new Float32Array(first.data.length);
    const shared = await run({
      views: {
        ...views,
        batch: (epoch, step) => {
          buffer.set((views.batch(epoch, step) as SourceBatch).views[0].data);
          return { views: [{ data: buffer, shape: first.shape }] };
        },
      },
    });
    expect(later.losses).toEqual(plain.losses);
    expect(shared.losses).toEqual(plain.losses);
    expect(plain.waiting).toBeGreaterThanOrEqual(0);
    expect(plain.waiting).toBeLessThan(1);
  });

  it('reads from the arrays of a source that gives them away, and copies those of any other', async () => {
    const plain = await run({});
    const given: Float32Array[] = [];
    const copied: number[] = [];
    const batch = (epoch: number, step: number): SourceBatch => {
      const { data, shape } = (views.batch(epoch, step) as SourceBatch).views[0];
      const own = new Float32Array(data);
      own.slice = () => {
        copied.push(step);
        return new Float32Array(own);
      };
      given.push(own);
      return { views: [{ data: own, shape }] };
    };
    const owned = await run({ views: { ...views, batch, givesArraysAway: true } });
    expect(owned.losses).toEqual(plain.losses);
    expect(copied).toEqual([]);
    expect((await run({ views: { ...views, batch } })).losses).toEqual(plain.losses);
    expect(copied).toHaveLength(plain.losses.length);
    // Nothing has written into them either.
    const first = views.batch(0, 0) as SourceBatch;
    expect([...given[0]]).toEqual([...first.views[0].data]);
  });

  it('does not wait for a source that works beside it, and counts what it does wait', async () => {
    const beside = await run({
      views: { ...views, batch: async (epoch, step) => Promise.resolve(views.batch(epoch, step)) },
      epochs: 8,
    });
    const slow = await run({
      views: {
        ...views,
        batch: (epoch, step) => {
          const end = performance.now() + 60;
          while (performance.now() < end); // holds training up
          return views.batch(epoch, step);
        },
      },
    });
    expect(beside.waiting).toBeLessThan(0.5); // 5 % on a quiet machine: `npm run bench:train -- --waiting`
    expect(slow.waiting).toBeGreaterThan(beside.waiting);
  });

  it('passes on what goes wrong in a source, at its turn, and leaks nothing', async () => {
    const before = tf.memory().numTensors;
    const broken = {
      ...views,
      batch: (epoch: number, step: number) =>
        step === 2 ? Promise.reject(new Error('disk gone')) : views.batch(epoch, step),
    };
    let steps = 0;
    await expect(run({ views: broken, onStep: () => steps++ })).rejects.toThrow('disk gone');
    expect(steps).toBe(2);
    expect(tf.memory().numTensors).toBe(before);
  });

  it('averages gradients over batches: a step of two equal batches is the step of one', async () => {
    const same = { ...views, batch: () => views.batch(0, 0) };
    const quiet = () => {
      const learner = tinyLearner(key(0));
      // Without noise and teacher, which see each batch on its own.
      return { ...learner, prepare: () => ({ target: tf.zeros([8, 6]) }), loss: lossOf(learner) };
    };
    const one = await finalWeights({ learner: quiet(), views: { ...same, stepsPerEpoch: 3 } });
    const two = await finalWeights({ learner: quiet(), views: { ...same, stepsPerEpoch: 7 }, accumulate: 2 });
    expect(two.steps).toBe(3);
    for (const [name, values] of one.weights) {
      values.forEach((value, at) => {
        expect(two.weights.get(name)?.[at]).toBeCloseTo(value, 5);
      });
    }
  });

  it('gives groups schedules of their own: a frozen weight stays, others move', async () => {
    const before = tinyLearner(key(0));
    const start = new Map([...before.weights].map(([name, weight]) => [name, [...weight.dataSync()]]));
    before.dispose();
    const { weights } = await finalWeights({
      groups: [
        { name: 'head', of: (name) => name === 'v', learningRate: (step) => (step < 4 ? 0 : 0.1) },
        { name: 'first', of: (name) => name === 'w', weightDecay: () => 0 },
      ],
      weightDecay: (step) => 0.1 * step,
    });
    expect(weights.get('v')).toEqual(start.get('v'));
    expect(weights.get('w')).not.toEqual(start.get('w'));
  });

  it('decays weights by the schedule in place of the optimiser, from step to step', async () => {
    const still = { ...tinyLearner(key(0)) };
    const decays = [0.1, 0.5, 0, 0.2];
    const start = [...(still.weights.get('w')?.dataSync() ?? [])];
    const learner = { ...still, loss: () => ({ loss: zeroLoss(still) }), prepare: () => ({}) };
    const { weights } = await finalWeights({
      learner,
      optimiser: adamW({ weightDecay: 0.9 }),
      learningRate: () => 1,
      weightDecay: (step) => decays[step],
    });
    const factor = decays.reduce((product, decay) => product * (1 - decay), 1);
    weights.get('w')?.forEach((value, at) => {
      expect(value).toBeCloseTo(start[at] * factor, 6);
    });
  });

  it('calls further observers after its own', async () => {
    const calls: string[] = [];
    await run({
      onStep: ({ step }) => void calls.push(`own ${step}`),
      callbacks: [
        { onStep: ({ step }) => void calls.push(`first ${step}`) },
        { onEpoch: ({ epoch }) => void calls.push(`epoch ${epoch}`) },
      ],
    });
    expect(calls).toEqual([...[1, 2, 3, 4].flatMap((n) => [`own ${n}`, `first ${n}`]), 'epoch 1']);
  });

  it('keeps metrics with their units, by step', async () => {
    const { series } = await run({ monitor: false });
    expect(series.map(({ name, unit, steps }) => [name, unit, steps])).toEqual([
      ['spread', 'nats', [1, 2, 3, 4]],
    ]);
  });

  it('refuses counts that are none, and groups of one name', async () => {
    await expect(run({ accumulate: 0 })).rejects.toThrow('accumulate must be a positive integer, got 0');
    await expect(run({ accumulate: 5 })).rejects.toThrow('4 batches an epoch are fewer than accumulate (5)');
    await expect(run({ checkpoints: { folder: 'x', keep: 0 } })).rejects.toThrow('checkpoints.keep');
    const group = { name: 'a', of: () => true };
    await expect(run({ groups: [group, group] })).rejects.toThrow('two groups are named "a"');
  });
});

type Tiny = ReturnType<typeof tinyLearner>;

function lossOf(learner: Tiny): Tiny['loss'] {
  return ({ views: [images] }) => ({
    loss: tf.mean(tf.square(learner.backbone.forward(images, 'eval').slice([0, 0], [8, 3]))).asScalar(),
  });
}

function zeroLoss(learner: Tiny) {
  return tf.mul(tf.addN([...learner.weights.values()].map((weight) => tf.sum(weight))), 0).asScalar();
}

async function run(changes: Partial<FitOptions>) {
  const learner = changes.learner ?? tinyLearner(key(0));
  const optimiser = changes.optimiser ?? sgd();
  try {
    return await fit({
      learner,
      optimiser,
      views,
      key: key(3),
      epochs: 1,
      learningRate: () => 0.05,
      ...changes,
    });
  } finally {
    optimiser.dispose();
    learner.dispose();
  }
}

async function finalWeights(changes: Partial<FitOptions>) {
  const learner = changes.learner ?? tinyLearner(key(0));
  const weights = new Map<string, number[]>();
  const onEpoch = () => {
    for (const [name, weight] of learner.weights) weights.set(name, [...weight.dataSync()]);
  };
  const { losses } = await run({ ...changes, learner, onEpoch });
  return { weights, steps: losses.length };
}
