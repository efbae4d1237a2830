import { CIFAR_EVALUATION } from '@fovea/augment';
import { orlCorrespondences, orlViews, regionProposals, type Learner } from '@fovea/methods';
import { fold, type Key } from '@fovea/random';
import { fit } from '@fovea/train';
import { methodConfig } from './method-config.ts';
import type { RunConfig } from './run-config.ts';
import { inMemory, type RunData } from './run-data.ts';
import { optimiserOf, trainingSchedules } from './training-schedules.ts';
import { buildLearner } from './build-learner.ts';
import { runViews, type RunViews } from './view-source.ts';

/** What both of ORL's stages of training need. */
export interface RegionRequest {
  readonly config: RunConfig;
  readonly data: Pick<RunData, 'train'>;
  /** The learner of the third stage; it goes on from the weights of the first. */
  readonly learner: Learner;
  readonly learnerKey: Key;
  readonly runKey: Key;
}

/**
 * ORL's first two stages: BYOL with the run's heads and rates on the two global views, then the regions that its features find alike; the
 * views of the third stage come back.
 *
 * [RECON] The third stage goes on from the first one's weights.
 *
 * @throws Error for photographs, which are decoded one by one: regions of all images are compared at once
 */
export async function regionViews(request: RegionRequest): Promise<RunViews> {
  const { config, data, learner, learnerKey, runKey } = request;
  const { regions, recipe } = config.views;
  if (regions === null) throw new Error('regionViews: the run has no regions.');
  const { train } = data;
  if (!inMemory(train)) {
    throw new Error(
      'regionViews: ORL compares the regions of all images, which must lie in memory; take profile small.',
    );
  }
  const first = await firstStage(request, regions.firstEpochs, learnerKey);
  try {
    for (const [name, variable] of learner.state) {
      const value = first.learner.state.get(name);
      if (value !== undefined) variable.assign(value.clone());
    }
    const { pixelsPerRegion, minimumSide, count } = regions;
    const found = orlCorrespondences(train, first.learner.backbone, {
      size: recipe.views[2].size,
      normalize: CIFAR_EVALUATION.normalize,
      proposals: (index) => regionProposals(train.image(index), { pixelsPerRegion }),
      regions: { minimumSide, count },
    });
    const views = orlViews(train, found, recipe, config.training.batch, fold(runKey, 'regions'));
    return { views, close: () => Promise.resolve() };
  } finally {
    first.dispose();
  }
}

/** BYOL on the global views. */
async function firstStage(
  { config, data, runKey }: RegionRequest,
  epochs: number,
  learnerKey: Key,
): Promise<{ readonly learner: Learner; dispose(): void }> {
  const { projector, predictor, momentum } = config.method.options;
  const views = {
    ...config.views,
    recipe: { ...config.views.recipe, views: config.views.recipe.views.slice(0, 2) },
  };
  const training = { ...config.training, epochs };
  const method = methodConfig('byol', {}, { projector, predictor, momentum });
  const subject = buildLearner({ ...config, method }, learnerKey);
  const { learner } = subject;
  if (learner === null) throw new Error('regionViews: BYOL has a learner.');
  const ownKey = fold(runKey, 'first stage');
  const source = runViews(data, { views, training }, null, learner, ownKey);
  const optimiser = optimiserOf(training);
  try {
    await fit({
      learner,
      views: source.views,
      key: fold(ownKey, 'steps'),
      epochs,
      optimiser,
      ...trainingSchedules(training, source.views.stepsPerEpoch),
      ...(training.clipNorm !== null && { clipNorm: training.clipNorm }),
    });
    return { learner, dispose: () => subject.dispose() };
  } catch (error) {
    subject.dispose();
    throw error;
  } finally {
    optimiser.dispose();
    await source.close();
  }
}
