import { describe, expect, it } from 'vitest';
import { runArm, vdaExperiment, type Experiment, type RunConfig } from '../index.ts';

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

const experiment: Experiment = {
  ...vdaExperiment,
  arms: {
    untrained: {
      ...vdaExperiment.arms.untrained,
      config: (profile) => few(vdaExperiment.arms.untrained.config(profile)),
    },
  },
};

describe('the evaluations of profile small, and fine-tuning', () => {
  it(
    'are kNN, linear heads, few labels, dense heads, transfer and fine-tuning',
    { timeout: 240_000 },
    async () => {
      const { metrics } = await runArm({ experiment, arm: 'untrained', profile: 'small', seed: 0 });
      const names = metrics.map(({ name }) => name);
      for (const expected of [
        'knn.k20.t0.07.top1',
        'linear.cached.standard.top1.last',
        'linear.labels-1pct.standard.top1.last',
        'linear.labels-10pct.standard.top1.last',
        'seg.linear.4steps.mIoU',
        'det.fcos.4steps.AP50',
        'transfer.cifar10.logistic.C-sweep.top1',
        'semi.1%.swav.e1.top1',
      ]) {
        expect(names).toContain(expected);
      }
      for (const { name, value } of metrics) expect(Number.isFinite(value), name).toBe(true);
    },
  );
});
