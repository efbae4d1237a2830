import type { LoadablePlanes } from '@fovea/augment';
import type { ImageSet, RenderedScenes } from '@fovea/data';
import type { RunConfig, SaliencySource } from './run-config.ts';
import { inMemory, loadRunData } from './run-data.ts';
import { saliencyPlanes } from './saliency-planes.ts';

/** A few images of a run, to be shown. */
export interface ExampleData {
  readonly train: ImageSet;
  /** Scenes with masks that no run trains on, where the run has them. */
  readonly scenes: RenderedScenes | null;
  /** The salient region of the training images, from a source. */
  saliency(source: Exclude<SaliencySource, 'none'>): Promise<LoadablePlanes>;
}

/**
 * The first images of a run's data.
 *
 * @param count - training images
 * @throws Error for photographs, which are decoded one by one: show them with `npx fovea data show`
 */
export async function exampleData(
  { data, evaluation }: Pick<RunConfig, 'data' | 'evaluation'>,
  count: number,
): Promise<ExampleData> {
  if (data.name === 'photographs') {
    throw new Error('exampleData: photographs are decoded one by one; show them with "npx fovea data show".');
  }
  const few = { trainImages: count, labelledImages: 120, testImages: 12 };
  const none = { fewLabels: false, fineTuning: null, backgrounds: false, transfer: null };
  const run = await loadRunData({ data: { ...data, ...few }, evaluation: { ...evaluation, ...none } });
  const { train } = run;
  if (!inMemory(train)) throw new Error('exampleData: these images are not in memory.');
  return {
    train,
    scenes: run.scenes,
    saliency: async (source) => {
      const planes = await saliencyPlanes({ ...run, train }, source);
      if (planes === null) throw new Error(`exampleData: ${source} gives no maps.`);
      return planes;
    },
  };
}
