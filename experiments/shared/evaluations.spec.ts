import { describe, expect, it } from 'vitest';
import { bamExperiment, runArm, vdaExperiment, type Experiment, type RunConfig } from '../index.ts';

/** Profile small's evaluations of the untrained network, on few images and in few steps. */
const few = (config: RunConfig): RunConfig => {
  const { evaluation } = config;
  const { segmentation, detection, transfer } = evaluation;
  return {
    ...config,
    data: { ...config.data, trainImages: 12, labelledImages: 240, testImages: 48 } as RunConfig['data'],
    evaluation: {
      ...evaluation,
      grounding: false, // smoke measures it
      segmentation: segmentation && { ...segmentation, steps: 4 },
      detection: detection && { ...detection, steps: 4 },
      transfer: transfer && { ...transfer, trainImages: 200, testImages: 50 },
      fineTuning: { preset: 'swav', epochs: 1, percent: [1] },
    },
  };
};

/** Names and values of what the untrained network of an experiment is measured by. */
async function measured(experiment: Experiment): Promise<Map<string, number>> {
  const { untrained } = experiment.arms;
  const small = { ...untrained, config: () => few(untrained.config('small')) };
  const request = { experiment: { ...experiment, arms: { untrained: small } }, arm: 'untrained' };
  const { metrics } = await runArm({ ...request, profile: 'small', seed: 0 });
  return new Map(metrics.map(({ name, value }) => [name, value]));
}

const ON_FROZEN = [
  'knn.k20.t0.07.top1',
  'linear.cached.standard.top1.last',
  'linear.labels-1pct.standard.top1.last',
  'linear.labels-10pct.standard.top1.last',
  'semi.1%.swav.e1.top1',
];

describe('the evaluations of profile small, and fine-tuning', () => {
  it.each([
    [
      vdaExperiment,
      ['seg.linear.4steps.mIoU', 'det.fcos.4steps.AP50', 'transfer.cifar10.logistic.C-sweep.top1'],
    ],
    [bamExperiment, ['transfer.emoji-scenes.logistic.C-sweep.top1']],
  ] as const)('of $name are finite', { timeout: 240_000 }, async (experiment, own) => {
    const found = await measured(experiment);
    expect([...found.keys()]).toEqual(expect.arrayContaining([...ON_FROZEN, ...own]));
    for (const [name, value] of found) expect(Number.isFinite(value), name).toBe(true);
  });
});
