import { methodNamed, type Learner } from '@fovea/methods';
import { key } from '@fovea/random';
import { keyTensor, randomNormal, ready, tf, type Scalar, type Tensor } from '@fovea/tensorflow';
import { beforeAll, describe, expect, it } from 'vitest';
import { runArm, sgclExperiment, type RunConfig } from '../index.ts';
import { experimentMethod } from './experiment-methods.ts';
import { methodConfig } from './method-config.ts';

const backbone = { depth: 18, width: 4, stem: 'cifar' } as const;
const sizes = { hidden: 16, outputs: 8, queue: 16 };

const learnerOf = (name: string, changes: Readonly<Record<string, unknown>> = {}): Learner =>
  experimentMethod(name).make({ ...methodConfig(name, sizes, changes).options, backbone }, key(0));

function lossOf(learner: Learner, views: Tensor, extras: Readonly<Record<string, Tensor>>): number {
  return tf.tidy(() => {
    const values: Record<string, Scalar> = {};
    for (const [name, of] of Object.entries(learner.schedules)) values[name] = tf.scalar(of(0));
    const context = { values, key: keyTensor(key(2)) };
    const batch = { views: [views], extras };
    const targets = learner.prepare?.(batch, context) ?? {};
    return learner.loss(batch, targets, context).loss.dataSync()[0];
  });
}

describe('methods of ablations', { timeout: 120_000 }, () => {
  let views: Tensor;
  let mask: Tensor;
  beforeAll(async () => {
    await ready();
    views = randomNormal(key(1), [2, 4, 16, 16, 3]);
    mask = tf.tile(tf.concat([tf.ones([1, 1, 16, 8]), tf.zeros([1, 1, 16, 8])], 3), [2, 4, 1, 1]);
  });

  it('mask features by what the mask holds: everything is MoCo v2, the left half is something else', () => {
    const [plain, masked] = [learnerOf('moco-v2'), learnerOf('feature-masked-moco-v2')];
    const own = lossOf(plain, views, {});
    expect(lossOf(masked, views, { masks: tf.ones([2, 4, 16, 16]) })).toBeCloseTo(own, 4);
    expect(Math.abs(lossOf(masked, views, { masks: mask }) - own)).toBeGreaterThan(1e-3);
    expect(masked.needs).toEqual(['masks']);
    plain.dispose();
    masked.dispose();
  });

  it('evaluate without masks what they trained with masks', () => {
    const masked = learnerOf('feature-masked-moco-v2');
    const found = masked.backbone.forward(views.slice([0], [1]).reshape([4, 16, 16, 3]), 'eval');
    expect(found.shape).toEqual([4, masked.backbone.features]);
    masked.dispose();
  });

  it('cover what DiDA covers, with the colour that is asked for', () => {
    const over = learnerOf('dida-moco-v2');
    const masked = tf.mul(views, tf.sub(1, mask.reshape([2, 4, 16, 16, 1])));
    const own = lossOf(over, views, { masks: mask, masked });
    const of = (fill: unknown): number => {
      const learner = learnerOf('dida-moco-v2-filled', { fill });
      const loss = lossOf(learner, views, { masks: mask });
      learner.dispose();
      return loss;
    };
    expect(of([0, 0, 0])).toBeCloseTo(own, 5);
    expect(of('noise')).not.toBeCloseTo(own, 5);
    over.dispose();
  });

  it('leave every other name to the registry', () => {
    expect(experimentMethod('bam')).toBe(methodNamed('bam'));
    expect(() => experimentMethod('nothing')).toThrow('there is no method');
  });
});

describe('ORL', { timeout: 240_000 }, () => {
  it('trains BYOL first, then on regions that its features find alike', async () => {
    const arm = sgclExperiment.arms.orl;
    const config = (profile: 'smoke' | 'small' | 'paper'): RunConfig => {
      const { views, training, data, evaluation, ...rest } = arm.config(profile);
      return {
        ...rest,
        backbone,
        data: { ...data, trainImages: 16, labelledImages: 60, testImages: 20 } as RunConfig['data'],
        views: { ...views, regions: views.regions && { ...views.regions, firstEpochs: 1 } },
        training: { ...training, epochs: 1, batch: 8, warmupEpochs: 0 },
        evaluation: { ...evaluation, grounding: false },
      };
    };
    const experiment = { ...sgclExperiment, arms: { orl: { ...arm, config } } };
    const { metrics, tags } = await runArm({ experiment, arm: 'orl', profile: 'smoke', seed: 0 });
    expect(metrics.find(({ name }) => name === 'train.loss.step1')?.value).toBeGreaterThan(0);
    expect(tags).toContain('RECON');
  });
});
