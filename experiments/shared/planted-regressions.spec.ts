import type { ViewRecipe } from '@fovea/augment';
import { checkRecords, recordId, type ResultRecord } from '@fovea/results';
import { describe, expect, it } from 'vitest';
import {
  bamExperiment,
  diLoExperiment,
  runArm,
  sgclExperiment,
  vdaExperiment,
  type Experiment,
  type RunConfig,
} from '../index.ts';

type Change = (config: RunConfig) => RunConfig;
type Views = RunConfig['views'];

/** Views with blur, whose sigma a careless port takes for a radius. */
const blurred = (recipe: Views['recipe'], sigma: readonly [number, number]): Views['recipe'] => ({
  ...recipe,
  views: recipe.views.map((view): ViewRecipe => ({
    ...view,
    blur: { probability: 1, sigma, kernelSize: 13 },
  })),
});

/** A run of seconds: a narrow network and a few images; guidance begins with the second epoch. */
const small: Change = (config) => {
  const { guide, copyPaste } = config.views;
  const few = { trainImages: 64, labelledImages: 100, testImages: 50 };
  return {
    ...config,
    backbone: { kind: 'resnet', depth: 18, width: 4, stem: 'cifar' },
    data: { ...config.data, ...few } as RunConfig['data'],
    views: {
      ...config.views,
      recipe: blurred(config.views.recipe, [0.5, 2]),
      guide: guide && { ...guide, fromEpoch: 1, everyEpochs: 1 },
      copyPaste: copyPaste && { ...copyPaste, probability: 1 },
    },
    training: { ...config.training, epochs: guide === null ? 1 : 2, batch: 32 },
    evaluation: { ...config.evaluation, backgrounds: false, grounding: false },
  };
};

/** The experiment on a few images, where the code does something else than what the configuration says. */
const planted = (experiment: Experiment, change: Change): Experiment => ({
  ...experiment,
  arms: Object.fromEntries(
    Object.entries(experiment.arms).map(([name, arm]) => [
      name,
      { ...arm, config: (profile) => change(small(arm.config(profile))) },
    ]),
  ),
});

/** The record of a run as the unchanged configuration would name it: the fault is in the code, and the record does not know. */
async function recordOf(experiment: Experiment, arm: string, change: Change): Promise<ResultRecord> {
  const faulty = planted(experiment, change);
  const { datasets, ...record } = await runArm({ experiment: faulty, arm, profile: 'smoke', seed: 0 });
  const honest = small(experiment.arms[arm].config('smoke'));
  const config = JSON.parse(JSON.stringify(honest)) as ResultRecord['config'];
  return { ...record, datasets, config, id: recordId({ ...record, datasets, config }) };
}

const withOptions = (config: RunConfig, options: Readonly<Record<string, unknown>>): RunConfig => ({
  ...config,
  method: { ...config.method, options: { ...config.method.options, ...options } },
});
const withViews = (config: RunConfig, views: Partial<Views>): RunConfig => ({
  ...config,
  views: { ...config.views, ...views },
});
const group = (config: RunConfig, name: string): object => config.method.options[name] as object;
const radiusForSigma: Change = (config) =>
  withViews(config, { recipe: blurred(config.views.recipe, [0.5 / 2, 2 / 2]) });

const [bam, dilo, sgcl, vda] = [bamExperiment, diLoExperiment, sgclExperiment, vdaExperiment];
const FIRST = 'train.loss.step1';
const GUIDED = 'train.loss.guided';

const faults: readonly [
  fault: string,
  run: string,
  experiment: Experiment,
  metric: string,
  change: Change,
][] = [
  ['a halved temperature', 'bam/simclr', bam, FIRST, (config) => withOptions(config, { temperature: 0.1 })],
  [
    'positives left among the negatives',
    'bam/bam',
    bam,
    FIRST,
    (config) => withOptions(config, { loss: { ...group(config, 'loss'), positiveMasking: false } }),
  ],
  ['a blur radius taken for sigma', 'bam/simclr', bam, FIRST, radiusForSigma],
  [
    'a halved temperature',
    'dilo/moco-v2',
    dilo,
    FIRST,
    (config) => withOptions(config, { temperature: 0.1 }),
  ],
  [
    'masks of other pixels',
    'dilo/dilo-exact',
    dilo,
    FIRST,
    (config) => withViews(config, { saliency: 'random' }),
  ],
  ['a blur radius taken for sigma', 'dilo/dilo-exact', dilo, FIRST, radiusForSigma],
  ['local terms that count half', 'sgcl/sgcl', sgcl, FIRST, (config) => withOptions(config, { lambda: 0.5 })],
  ['scores that weigh nothing', 'sgcl/sgcl', sgcl, GUIDED, (config) => withOptions(config, { warmUp: 1 })],
  [
    'maps that place no crop',
    'sgcl/sgcl',
    sgcl,
    GUIDED,
    (config) => withViews(config, { guide: config.views.guide && { ...config.views.guide, views: [] } }),
  ],
  ['a blur radius taken for sigma', 'sgcl/byol-multi-crop', sgcl, FIRST, radiusForSigma],
  [
    'masks of other pixels',
    'vda/dida-moco-v2',
    vda,
    FIRST,
    (config) => withViews(config, { saliency: 'random' }),
  ],
  [
    'a lost threshold of the difference',
    'vda/dida-moco-v2',
    vda,
    FIRST,
    (config) => withOptions(config, { attention: { ...group(config, 'attention'), score: 'l2' } }),
  ],
  ['a halved temperature', 'vda/moco-v2', vda, FIRST, (config) => withOptions(config, { temperature: 0.1 })],
];

describe('a check', { timeout: 240_000 }, () => {
  const baselines = new Map<string, Promise<ResultRecord>>();
  const baselineOf = (experiment: Experiment, arm: string): Promise<ResultRecord> => {
    const name = `${experiment.name}/${arm}`;
    const found = baselines.get(name) ?? recordOf(experiment, arm, (config) => config);
    baselines.set(name, found);
    return found;
  };

  it('passes what has not changed', async () => {
    const again = await recordOf(bam, 'bam', (config) => config);
    expect(checkRecords([again], [await baselineOf(bam, 'bam')], () => bam.gates)).toMatchObject({
      failed: false,
      counts: { pass: 1 },
    });
  });

  it.each(faults)('catches %s in %s', async (_, run, experiment, metric, change) => {
    const arm = run.split('/')[1];
    const baseline = await baselineOf(experiment, arm);
    const fresh = await recordOf(experiment, arm, change);
    const result = checkRecords([fresh], [baseline], () => experiment.gates);
    expect(result.failed).toBe(true);
    const moved = result.runs[0].comparison?.metrics.filter(
      ({ state, gated }) => gated && state === 'regressed',
    );
    expect(moved?.map((one) => one.metric)).toContain(metric);
  });
});
