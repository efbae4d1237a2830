import { resNet } from '@fovea/backbones';
import { methodNamed, type Learner } from '@fovea/methods';
import { key } from '@fovea/random';
import { ready } from '@fovea/tensorflow';
import { beforeAll, describe, expect, it } from 'vitest';
import { bamExperiment, diLoExperiment, type RunConfig } from '../index.ts';
import { loadRunData } from './run-data.ts';
import { runViews } from './view-source.ts';

const few = (config: RunConfig): RunConfig => ({
  ...config,
  data: { ...config.data, trainImages: 16, labelledImages: 20, testImages: 12 } as RunConfig['data'],
  training: { ...config.training, batch: 8 },
  evaluation: { ...config.evaluation, backgrounds: false },
});

/** The first views of some epochs. */
async function viewsOf(config: RunConfig, learner: Learner, epochs: readonly number[]): Promise<number[][]> {
  const data = await loadRunData(config);
  const planes = config.views.copyPaste === null ? null : data.masks;
  const { views, close } = runViews(data, config, planes, learner, key(1));
  const found: number[][] = [];
  for (const epoch of epochs) {
    const batch = await views.batch(epoch, 0);
    found.push([...batch.views[0].data]);
  }
  await close();
  return found;
}

describe('views of a run', { timeout: 120_000 }, () => {
  let learner: Learner;
  beforeAll(async () => {
    await ready();
    const backbone = {
      kind: 'custom',
      build: () => resNet({ depth: 18, width: 4, stem: 'cifar' }, key(0)),
    } as const;
    learner = methodNamed('simclr').make({ backbone }, key(0));
  });

  it('are placed by ContrastiveCrop after its warm-up, and by nothing before', async () => {
    const arm = bamExperiment.arms['simclr-contrastive-crop'].config('smoke');
    const { boxes } = arm.views;
    expect(boxes).not.toBeNull();
    const guided = few({ ...arm, views: { ...arm.views, boxes: boxes && { ...boxes, warmUpEpochs: 1 } } });
    const plain = { ...guided, views: { ...guided.views, boxes: null } };
    const [first, second] = await viewsOf(guided, learner, [0, 1]);
    const [plainFirst, plainSecond] = await viewsOf(plain, learner, [0, 1]);
    expect(first).toEqual(plainFirst);
    expect(second).not.toEqual(plainSecond);
  });

  it('show foregrounds on textures where a run pastes on them', async () => {
    const arm = few(diLoExperiment.arms['dilo-exact-texture'].config('smoke'));
    const always = {
      ...arm,
      views: { ...arm.views, copyPaste: arm.views.copyPaste && { ...arm.views.copyPaste, probability: 1 } },
    };
    const [pasted] = await viewsOf(always, learner, [0]);
    const [plain] = await viewsOf({ ...arm, views: { ...arm.views, copyPaste: null } }, learner, [0]);
    const changed = pasted.filter((value, at) => value !== plain[at]).length / pasted.length;
    expect(changed).toBeGreaterThan(0.1);
  });

  it('are placed by maps or by boxes, not by both', async () => {
    const arm = few(bamExperiment.arms['simclr-contrastive-crop'].config('smoke'));
    const guide = { views: [0], fromEpoch: 0, everyEpochs: 1 };
    await expect(viewsOf({ ...arm, views: { ...arm.views, guide } }, learner, [0])).rejects.toThrow(
      'not by both',
    );
  });
});
