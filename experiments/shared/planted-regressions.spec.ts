import { CIFAR_BAM, type ViewRecipe } from '@fovea/augment';
import { checkRecords, recordId, type ResultRecord } from '@fovea/results';
import { describe, expect, it } from 'vitest';
import { bamExperiment, runArm, type Experiment, type RunConfig } from '../index.ts';

/** Views with blur, whose sigma a careless port takes for a radius. */
const blurred = (sigma: readonly [number, number]): RunConfig['views']['recipe'] => ({
  ...CIFAR_BAM,
  views: CIFAR_BAM.views.map((view): ViewRecipe => ({
    ...view,
    blur: { probability: 1, sigma, kernelSize: 13 },
  })),
});

const small = (config: RunConfig): RunConfig => ({
  ...config,
  backbone: { kind: 'resnet', depth: 18, width: 4, stem: 'cifar' },
  data: { name: 'cifar10', trainImages: 64, labelledImages: 100, testImages: 50 },
  views: { ...config.views, recipe: blurred([0.5, 2]) },
  training: { ...config.training, epochs: 1, batch: 32 },
});

/** The BAM experiment on a few images, where the code does something else than what the configuration says. */
const planted = (change: (config: RunConfig) => RunConfig): Experiment => ({
  ...bamExperiment,
  arms: Object.fromEntries(
    Object.entries(bamExperiment.arms).map(([name, arm]) => [
      name,
      { ...arm, config: (profile) => change(small(arm.config(profile))) },
    ]),
  ),
});

/** The record of a run as the unchanged configuration would name it: the fault is in the code, and the record does not know. */
async function recordOf(arm: string, change: (config: RunConfig) => RunConfig): Promise<ResultRecord> {
  const record = await runArm({ experiment: planted(change), arm, profile: 'smoke', seed: 0 });
  const honest = small(bamExperiment.arms[arm].config('smoke'));
  const config = JSON.parse(JSON.stringify(honest)) as ResultRecord['config'];
  return { ...record, config, id: recordId({ ...record, config }) };
}

const withOptions = (config: RunConfig, options: Readonly<Record<string, unknown>>): RunConfig => ({
  ...config,
  method: { ...config.method, options: { ...config.method.options, ...options } },
});

const faults: readonly [name: string, arm: string, change: (config: RunConfig) => RunConfig][] = [
  ['a halved temperature', 'simclr', (config) => withOptions(config, { temperature: 0.1 })],
  [
    'positives left among the negatives',
    'bam',
    (config) =>
      withOptions(config, { loss: { ...(config.method.options.loss as object), positiveMasking: false } }),
  ],
  [
    'a blur radius taken for sigma',
    'simclr',
    (config) => ({ ...config, views: { ...config.views, recipe: blurred([0.5 / 2, 2 / 2]) } }),
  ],
];

describe('a check', { timeout: 240_000 }, () => {
  it('passes what has not changed', async () => {
    const [one, again] = [
      await recordOf('bam', (config) => config),
      await recordOf('bam', (config) => config),
    ];
    expect(checkRecords([again], [one], () => bamExperiment.gates)).toMatchObject({
      failed: false,
      counts: { pass: 1 },
    });
  });
  it.each(faults)('catches %s', async (_, arm, change) => {
    const baseline = await recordOf(arm, (config) => config);
    const result = checkRecords([await recordOf(arm, change)], [baseline], () => bamExperiment.gates);
    expect(result.failed).toBe(true);
    const moved = result.runs[0].comparison?.metrics.filter(
      ({ state, gated }) => gated && state === 'regressed',
    );
    expect(moved?.map(({ metric }) => metric)).toContain('train.loss.step1');
  });
});
