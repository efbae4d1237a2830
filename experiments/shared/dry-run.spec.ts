import { describe, expect, it } from 'vitest';
import {
  bamExperiment,
  describeDryRun,
  describeSources,
  dryRun,
  experiments,
  type DryRun,
} from '../index.ts';
import { SETTINGS } from './published-recipe.ts';

const everyArm = async (request: Parameters<typeof dryRun>[0]): Promise<DryRun[]> => {
  const found: DryRun[] = [];
  for await (const one of dryRun(request)) found.push(one);
  return found;
};

describe('a dry run of the paper profile', () => {
  it.each(Object.values(experiments))(
    'finds the end points of every schedule of $name',
    async (experiment) => {
      const found = await everyArm({ experiment, steps: () => false });
      expect(found.map(({ arm }) => arm)).toEqual(Object.keys(experiment.arms));
      for (const { arm, config, stepsPerEpoch, learningRate } of found) {
        expect(learningRate[1], arm).toBeCloseTo(config.training.learningRate, 6);
        expect(stepsPerEpoch, arm).toBeGreaterThan(0);
      }
    },
  );

  it('says of every setting of every arm where it comes from', () => {
    for (const { arms } of Object.values(experiments)) {
      for (const [name, { sources }] of Object.entries(arms)) {
        expect(Object.keys(sources ?? {}), name).toEqual([...SETTINGS]);
        for (const source of Object.values(sources ?? {})) {
          expect(source, name).toMatch(/^(CODE|TEXT|2ND|MEM|RECON|OURS) \S/);
        }
      }
    }
  });

  it('does not call published what an arm reconstructs or changes', () => {
    const of = (experiment: string, arm: string) => experiments[experiment].arms[arm].sources;
    expect(of('vda', 'dida-moco-v2')?.method).toMatch(/^RECON /);
    expect(of('dilo', 'dilo-rbd')?.views).toMatch(/^RECON /);
    expect(of('bam', 'bam-temperature-0.2')?.method).toMatch(/^OURS /);
    expect(of('bam', 'bam-batch-64')?.batch).toMatch(/^OURS /);
    expect(of('bam', 'bam')?.method).toMatch(/^CODE /);
  });

  it('has the recipe of BAM as its scripts have it', async () => {
    const [{ config, learningRate, weightDecay }] = await everyArm({
      experiment: bamExperiment,
      arms: ['bam'],
      steps: () => false,
    });
    const { epochs, batch, clipNorm } = config.training;
    expect({ epochs, batch, clipNorm }).toEqual({ epochs: 400, batch: 4096, clipNorm: 0.3 });
    expect(learningRate[0]).toBe(0);
    expect(learningRate[1]).toBeCloseTo(4.8e-3, 9);
    expect(learningRate[2]).toBeCloseTo(1e-3, 6);
    expect(weightDecay[0]).toBeCloseTo(0.04, 9);
    expect(weightDecay[1]).toBeCloseTo(0.4, 6);
    expect(config.views.recipe.views.map(({ size }) => size)).toEqual([224, 224, 96, 96, 96, 96, 96, 96]);
    expect(config.method.options).toMatchObject({
      loss: { temperature: 0.1, reg: 0.05, sinkhornIterations: 3 },
    });
  });

  it('builds the published network and takes one step with it', { timeout: 300_000 }, async () => {
    const [found] = await everyArm({ experiment: bamExperiment, arms: ['moco-v2'] });
    // ResNet-50 without its classifier; with the projector 2048 -> 2048 -> 128.
    expect(found.step?.parameters).toEqual({ backbone: 23_508_032, trained: 23_508_032 + 4_458_624 });
    expect(Number.isFinite(found.step?.loss)).toBe(true);
    expect(found.schedules.momentum).toEqual([0.999, 0.999]);
    expect(describeDryRun(found)).toContain(
      'ResNet-50; 23.5 M parameters, 28.0 M with heads; one step at batch 2 of 256',
    );
    expect(describeSources(found)).toContain('learning rate: [CODE] facebookresearch/moco');
  });
});
