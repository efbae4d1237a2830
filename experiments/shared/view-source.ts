import { openViewSource, type LoadablePlanes, type OpenViewSource } from '@fovea/augment';
import type { Learner } from '@fovea/methods';
import type { Key } from '@fovea/random';
import type { ViewSource } from '@fovea/train';
import { modelSaliency } from './network-maps.ts';
import type { RunConfig } from './run-config.ts';
import type { RunData } from './run-data.ts';

/** Views of a run, and the end of the threads that make them. */
export interface RunViews {
  readonly views: ViewSource;
  close(): Promise<void>;
}

/**
 * Views of the training images: a new order and new draws every epoch, both functions of the key and the epoch alone, and crops guided by
 * maps of the learner's evaluated network where the run asks for it.
 *
 * @param planes - salient region of every image; null where the run has no source of it
 */
export function runViews(
  { train }: Pick<RunData, 'train'>,
  { views: { recipe, copyPaste, guide }, training: { batch } }: Pick<RunConfig, 'views' | 'training'>,
  planes: LoadablePlanes | null,
  learner: Learner,
  key: Key,
): RunViews {
  const source = openViewSource({
    images: train,
    recipe,
    batch,
    key,
    extras: learner.needs,
    ...(planes !== null && { planes }),
    ...(copyPaste !== null && { paste: copyPaste }),
  });
  const views = guide === null ? source : guided(source, guide, () => modelSaliency(learner.backbone, train));
  return { views, close: () => source.close() };
}

/** The source with new maps at the start of every so many epochs; a batch is asked for when it is needed, so that maps and weights agree. */
function guided(
  source: OpenViewSource,
  { views, fromEpoch, everyEpochs }: NonNullable<RunConfig['views']['guide']>,
  maps: () => LoadablePlanes,
): ViewSource {
  let madeFor = -1;
  return {
    images: source.images,
    stepsPerEpoch: source.stepsPerEpoch,
    ahead: 0,
    batch: (epoch, step) => {
      const since = epoch < fromEpoch ? -1 : epoch - ((epoch - fromEpoch) % everyEpochs);
      if (since !== madeFor) source.guideBy({ kind: 'maps', views, maps: maps() });
      madeFor = since;
      return source.batch(epoch, step);
    },
  };
}
