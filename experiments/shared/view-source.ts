import {
  cropPlane,
  makeCopyPasteViews,
  makeGuidedViews,
  makeMultiCropViews,
  makeViews,
  meanInside,
  type Plane,
  type PlaneSource,
  type ViewParams,
} from '@fovea/augment';
import type { BatchExtra } from '@fovea/methods';
import { fold, permutation, type Key } from '@fovea/random';
import type { SourceArray, ViewSource } from '@fovea/train';
import type { RunConfig } from './run-config.ts';
import type { RunData } from './run-data.ts';

/** What views of a run are made from. */
export interface ViewSourceOptions {
  readonly data: Pick<RunData, 'train'>;
  readonly config: Pick<RunConfig, 'views' | 'training'>;
  /** Salient region of every image; null where the run has no source of it. */
  readonly planes: PlaneSource | null;
  /** What the learner reads beside the views. */
  readonly needs: readonly BatchExtra[];
  /** Maps of all training images by the network as it stands, for guided crops. */
  readonly modelMaps: () => PlaneSource;
  readonly key: Key;
}

/** Views of the training images: a new order and new draws every epoch, both functions of the key and the epoch alone. */
export function viewSource(options: ViewSourceOptions): ViewSource {
  const { data, config, needs, key } = options;
  const { train } = data;
  const { batch } = config.training;
  const stepsPerEpoch = Math.floor(train.length / batch);
  if (stepsPerEpoch < 1) {
    throw new Error(`viewSource: a batch of ${batch} is larger than the ${train.length} training images.`);
  }
  const guide = guideOf(options);
  return {
    images: batch,
    stepsPerEpoch,
    batch: (epoch, step) => {
      const epochKey = fold(key, epoch);
      const order = permutation(fold(epochKey, 'order'), train.length);
      const indices = order.subarray(step * batch, (step + 1) * batch);
      const maps = guide(epoch);
      const groups = renderGroups(options, indices, maps, fold(epochKey, 'views'));
      const extras = Object.fromEntries(
        needs.map((need) => [need, EXTRAS[need]({ options, indices, groups, maps })]),
      );
      return { views: groups.map(({ data: values, shape }) => ({ data: values, shape })), extras };
    },
  };
}

interface Group extends SourceArray {
  readonly data: Float32Array;
  readonly shape: readonly [number, number, number, number, number];
  readonly params: readonly (readonly ViewParams[])[]; // [V][B]
}

function renderGroups(
  { data: { train }, config: { views }, planes }: ViewSourceOptions,
  indices: Int32Array,
  maps: PlaneSource | null,
  key: Key,
): readonly Group[] {
  const { recipe, copyPaste, guide } = views;
  if (copyPaste !== null) {
    if (planes === null)
      throw new Error('viewSource: copyPaste needs a saliency source, and views.saliency is none.');
    return [makeCopyPasteViews(train, planes, indices, recipe, copyPaste, key)];
  }
  if (guide !== null && maps !== null) {
    return makeGuidedViews(train, indices, recipe, { kind: 'maps', maps, views: guide.views }, key);
  }
  const oneSize = recipe.views.every(({ size }) => size === recipe.views[0].size);
  return oneSize ? [makeViews(train, indices, recipe, key)] : makeMultiCropViews(train, indices, recipe, key);
}

/** The maps that guide an epoch: those of the network at the last renewal; null while there are none. */
function guideOf({ config: { views }, modelMaps }: ViewSourceOptions): (epoch: number) => PlaneSource | null {
  const { guide } = views;
  if (guide === null) return () => null;
  let maps: PlaneSource | null = null;
  let madeFor = -1;
  return (epoch) => {
    if (epoch < guide.fromEpoch) return null;
    const since = epoch - ((epoch - guide.fromEpoch) % guide.everyEpochs);
    if (maps === null || since !== madeFor) maps = modelMaps();
    madeFor = since;
    return maps;
  };
}

interface ExtraContext {
  readonly options: ViewSourceOptions;
  readonly indices: Int32Array;
  readonly groups: readonly Group[];
  readonly maps: PlaneSource | null;
}

const EXTRAS: Readonly<Record<BatchExtra, (context: ExtraContext) => SourceArray>> = {
  index: ({ indices }) => ({ data: Int32Array.from(indices), shape: [indices.length] }),
  boxes: (context) =>
    perView(context, 4, ({ crop: { top, left, height, width } }, index, out, at) => {
      const image = context.options.data.train.image(index);
      out.set(
        [top / image.height, left / image.width, (top + height) / image.height, (left + width) / image.width],
        at,
      );
    }),
  flips: (context) => perView(context, 1, ({ flip }, _, out, at) => void (out[at] = Number(flip))),
  scores: (context) =>
    perView(context, 1, ({ crop }, index, out, at) => {
      out[at] =
        context.maps === null
          ? 1
          : meanInside(context.maps.plane(index), crop, context.options.data.train.image(index));
    }),
  masks: (context) => masksOf(context),
  masked: (context) => {
    const [{ data, shape }] = context.groups;
    const masks = masksOf(context).data;
    // The views are normalised, so 0 is the set's mean colour.
    return { data: data.map((value, at) => value * (1 - masks[Math.floor(at / 3)])), shape };
  },
};

/** Some numbers for each view of all resolutions: [V, B, size], without the last axis for one number. */
function perView(
  { groups, indices }: ExtraContext,
  size: number,
  fill: (params: ViewParams, index: number, out: Float32Array, at: number) => void,
): SourceArray {
  const params = groups.flatMap((group) => group.params);
  const batch = indices.length;
  const data = new Float32Array(params.length * batch * size);
  params.forEach((view, place) => {
    view.forEach((one, row) => {
      fill(one, indices[row], data, (place * batch + row) * size);
    });
  });
  return { data, shape: size === 1 ? [params.length, batch] : [params.length, batch, size] };
}

/** What the global views show of each image's salient region: [V, B, H, W]. */
function masksOf({ options: { planes }, groups: [{ params, shape }], indices }: ExtraContext): SourceArray {
  if (planes === null) {
    throw new Error('viewSource: this method needs masks, and views.saliency is none.');
  }
  const [views, batch, height, width] = shape;
  const data = new Float32Array(views * batch * height * width);
  params.forEach((view, place) => {
    view.forEach((one, row) => {
      const plane: Plane = cropPlane(planes.plane(indices[row]), one, height, 'area');
      data.set(plane.data, (place * batch + row) * height * width);
    });
  });
  return { data, shape: [views, batch, height, width] };
}
