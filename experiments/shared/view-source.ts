import {
  openViewSource,
  type LoadableImages,
  type LoadablePlanes,
  type OpenViewSource,
  type StreamablePlanes,
} from '@fovea/augment';
import { TEXTURE_BACKGROUNDS } from '@fovea/data';
import { contrastiveBoxes, type Learner } from '@fovea/methods';
import { fold, key as keyOf, type Key } from '@fovea/random';
import type { ViewSource } from '@fovea/train';
import { forwardBatch, wholeImages } from './image-batches.ts';
import { modelSaliency } from './network-maps.ts';
import type { RunConfig } from './run-config.ts';
import type { RunData, RunImages } from './run-data.ts';

/** Views of a run, and the end of the threads that make them. */
export interface RunViews {
  readonly views: ViewSource;
  close(): Promise<void>;
}

type SourceGuide = Parameters<OpenViewSource['guideBy']>[0];

/** What places crops, made of the network in training. */
interface Guidance {
  /** The epoch, from 0, at whose start the guide of an epoch was made; -1: that epoch has none. */
  madeAt(epoch: number): number;
  make(): Promise<SourceGuide>;
}

/**
 * Views of the training images: a new order and new draws every epoch, both functions of the key and the epoch alone, and crops guided by
 * maps or boxes of the learner's evaluated network where the run asks for it.
 *
 * @param planes - salient region of every image; null where the run has no source of it
 */
export function runViews(
  { train }: Pick<RunData, 'train'>,
  { views, training: { batch } }: Pick<RunConfig, 'views' | 'training'>,
  planes: LoadablePlanes | StreamablePlanes | null,
  learner: Learner,
  key: Key,
): RunViews {
  const { recipe, copyPaste } = views;
  const source = openViewSource({
    images: train,
    recipe,
    batch,
    key,
    extras: learner.needs,
    ...(planes !== null && { planes }),
    ...(copyPaste !== null && { paste: copyPaste }),
    ...(copyPaste?.background === 'texture' && { textures: textures() }),
  });
  const guidance = guidanceOf(views, learner, train);
  return {
    views: guidance === null ? source : guided(source, guidance),
    close: () => source.close(),
  };
}

/** @throws Error for a run with maps and boxes */
function guidanceOf(
  { guide, boxes }: RunConfig['views'],
  learner: Learner,
  train: RunImages,
): Guidance | null {
  if (guide !== null && boxes !== null)
    throw new Error('runViews: crops are placed by maps or by boxes, not by both.');
  if (guide !== null) {
    const { views, fromEpoch, everyEpochs } = guide;
    return {
      madeAt: (epoch) => (epoch < fromEpoch ? -1 : epoch - ((epoch - fromEpoch) % everyEpochs)),
      make: async () => ({ kind: 'maps', views, maps: await modelSaliency(learner.backbone, train) }),
    };
  }
  if (boxes === null) return null;
  const { views, alpha, warmUpEpochs, everyEpochs } = boxes;
  const firstAt = Math.max(1, warmUpEpochs);
  return {
    madeAt: (epoch) => (epoch < firstAt ? -1 : epoch - ((epoch - firstAt) % everyEpochs)),
    make: async () => {
      const found = [];
      const count = forwardBatch(train);
      for (let from = 0; from < train.length; from += count) {
        const to = Math.min(from + count, train.length);
        const images = await wholeImages(train, from, to);
        found.push(...contrastiveBoxes(learner.backbone, to - from, count, () => images, boxes));
      }
      return { kind: 'boxes', views, boxes: found, alpha };
    },
  };
}

/** The source with a new guide at the start of some epochs; a batch is asked for when it is needed, so that guide and weights agree. */
function guided(source: OpenViewSource, { madeAt, make }: Guidance): ViewSource {
  let madeFor = -1;
  return {
    images: source.images,
    stepsPerEpoch: source.stepsPerEpoch,
    ahead: 0,
    batch: async (epoch, step) => {
      const wanted = madeAt(epoch);
      if (wanted !== madeFor) source.guideBy(wanted < 0 ? null : await make());
      madeFor = wanted;
      return source.batch(epoch, step);
    },
  };
}

const TEXTURES_A_KIND = 20;
const TEXTURE_SIZE = 64;

/** Textures to paste on, a few of every kind. */
function textures(): LoadableImages {
  const { kinds, render } = TEXTURE_BACKGROUNDS;
  const length = kinds * TEXTURES_A_KIND;
  const stride = TEXTURE_SIZE * TEXTURE_SIZE * 3;
  const images = new Uint8Array(length * stride);
  const root = fold(keyOf(0), 'textures to paste on');
  for (let index = 0; index < length; index++) {
    const values = render(index % kinds, TEXTURE_SIZE, fold(root, index));
    images.set(
      values.map((value) => Math.round(value)),
      index * stride,
    );
  }
  return { images, length, height: TEXTURE_SIZE, width: TEXTURE_SIZE, channels: 3 };
}
