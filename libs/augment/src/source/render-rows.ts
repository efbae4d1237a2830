import { fold, type Key } from '@fovea/random';
import { type CropGuide, cropHook } from '../guided/make-guided-views.ts';
import { meanInside } from '../guided/mean-inside.ts';
import type { ByteImage } from '../image.ts';
import { cropPlane } from '../joint/crop-plane.ts';
import { type CopyPasteRecipe, pasteHook } from '../paste/make-copy-paste-views.ts';
import type { Plane, PlaneSource } from '../plane.ts';
import { groupBySize } from '../views/make-multi-crop-views.ts';
import type { ViewsRecipe } from '../views/recipe.ts';
import { type BatchHooks, type ImageSource, renderBatch } from '../views/render-batch.ts';
import type { ViewParams } from '../views/sample-view.ts';
import type { StoredImages, StoredReader } from './stored-images.ts';
import type { LoadableImages, LoadablePlanes, SourceExtra, SourceGuide } from './view-source-options.ts';

/** What stays the same over all batches; arrays may lie in shared memory. */
export interface RenderContext {
  readonly recipe: ViewsRecipe;
  readonly extras: readonly SourceExtra[];
  readonly images: LoadableImages | null;
  readonly stored: StoredImages | null;
  readonly planes: LoadablePlanes | null;
  readonly paste: CopyPasteRecipe | null;
  readonly textures: LoadableImages | null;
}

/** Images, and their planes, that were decoded for this batch. */
export interface StreamedRows {
  readonly images: readonly ByteImage[];
  readonly planes: readonly Plane[] | null;
}

/** Some rows of a batch and where they go. */
export interface RowsTask {
  readonly indices: Int32Array;
  readonly from: number;
  readonly key: Key;
  readonly streamed: StreamedRows | null;
  /** Number of the guide that holds for this batch. */
  readonly guide: number;
  readonly out: BatchArrays;
}

/** A typed array with its shape, row-major. */
export interface SourceArray {
  readonly data: Float32Array | Int32Array;
  readonly shape: readonly number[];
}

/** The arrays of a whole batch. */
export interface BatchArrays {
  /** One a resolution, [V, B, H, W, 3], in the order in which sizes first appear in the recipe. */
  readonly views: readonly SourceArray[];
  readonly extras: Readonly<Record<string, SourceArray>>;
}

/** Shapes of everything that a batch of this context holds. */
export function batchShapes(
  { recipe, extras }: Pick<RenderContext, 'recipe' | 'extras'>,
  batch: number,
): { readonly views: number[][]; readonly extras: Record<string, number[]> } {
  const views = groupBySize(recipe).map((group) => {
    const { size } = recipe.views[group[0]];
    return [group.length, batch, size, size, 3];
  });
  const all = recipe.views.length;
  const shapes: Record<SourceExtra, number[]> = {
    index: [batch],
    boxes: [all, batch, 4],
    flips: [all, batch],
    scores: [all, batch],
    masks: views[0].slice(0, 4),
    masked: views[0],
  };
  return { views, extras: Object.fromEntries(extras.map((name) => [name, shapes[name]])) };
}

/**
 * Renders rows of a batch and what belongs to them. Every value is a function of image, key and guide alone, so it does not matter who renders
 * which rows.
 */
export function renderRows(
  context: RenderContext,
  guide: SourceGuide | null,
  task: RowsTask,
  reader: StoredReader | null,
): void {
  const { recipe } = context;
  const { indices, from, out } = task;
  const place = new Map(Array.from(indices, (index, row) => [index, row]));
  const images = reader === null ? imageSource(context, task, place) : readImages(context, reader);
  const planes = planeSource(context, task, place);
  const cropGuide = guide === null ? null : inMemory(guide);
  const hooks: BatchHooks = {
    ...(cropGuide === null ? {} : { crop: cropHook(recipe, cropGuide, 'openViewSource') }),
    ...(context.paste === null || planes === null
      ? {}
      : { prepare: pasteHook(images, planes, context.paste, texturesOf(context), () => undefined) }),
  };
  const params: (readonly ViewParams[])[] = [];
  groupBySize(recipe).forEach((group, which) => {
    const { data, shape } = out.views[which];
    const rows = { from, of: shape[1] };
    const values = data as Float32Array;
    const batch = renderBatch(
      'openViewSource',
      images,
      indices,
      recipe,
      group,
      task.key,
      values,
      hooks,
      rows,
    );
    params.push(...batch.params);
  });
  const maps = cropGuide?.kind === 'maps' ? cropGuide.maps : null;
  fillExtras({ task, params, images, planes, maps });
}

interface Filled {
  readonly task: RowsTask;
  readonly params: readonly (readonly ViewParams[])[];
  readonly images: ImageSource;
  readonly planes: PlaneSource | null;
  readonly maps: PlaneSource | null;
}

function fillExtras({ task, params, images, planes, maps }: Filled): void {
  const { indices, from, out } = task;
  const { index, boxes, flips, scores } = out.extras as Partial<Record<string, SourceArray>>;
  index?.data.set(indices, from);
  params.forEach((view, place) => {
    view.forEach(({ crop, flip }, row) => {
      const at = place * out.views[0].shape[1] + from + row;
      const image = images.image(indices[row]);
      const { top, left, height, width } = crop;
      boxes?.data.set(
        [top / image.height, left / image.width, (top + height) / image.height, (left + width) / image.width],
        at * 4,
      );
      if (flips !== undefined) flips.data[at] = Number(flip);
      if (scores !== undefined)
        scores.data[at] = maps === null ? 1 : meanInside(maps.plane(indices[row]), crop, image);
    });
  });
  if (planes !== null) fillMasks(task, params, planes);
}

/** Masks of the views of the first resolution, and those views without the masked region. */
function fillMasks(task: RowsTask, params: readonly (readonly ViewParams[])[], planes: PlaneSource): void {
  const { indices, from, out } = task;
  const { masks, masked } = out.extras as Partial<Record<string, SourceArray>>;
  if (masks === undefined && masked === undefined) return;
  const [{ data: views, shape }] = out.views;
  const [count, batch, size] = shape;
  const pixels = size * size;
  for (let view = 0; view < count; view++) {
    for (let row = 0; row < indices.length; row++) {
      const at = (view * batch + from + row) * pixels;
      const { data } = cropPlane(planes.plane(indices[row]), params[view][row], size, 'area');
      masks?.data.set(data, at);
      if (masked === undefined) continue;
      // views are normalised, so 0 is the mean colour of the set
      for (let value = 0; value < pixels * 3; value++)
        masked.data[at * 3 + value] = views[at * 3 + value] * (1 - data[Math.floor(value / 3)]);
    }
  }
}

/** The last two guides by number: rows of a batch that was asked for before a change still follow the one before. */
export function guideShelf(): {
  put(number: number, guide: SourceGuide | null): void;
  get(number: number): SourceGuide | null;
} {
  const guides = new Map<number, SourceGuide | null>();
  return {
    put: (number, guide) => {
      guides.set(number, guide);
      guides.delete(number - 2);
    },
    get: (number) => guides.get(number) ?? null,
  };
}

/** The key of an epoch's views. */
export function viewsKey(key: Key, epoch: number): Key {
  return fold(fold(key, epoch), 'views');
}

function imageSource(
  { images }: RenderContext,
  { streamed, indices }: RowsTask,
  place: ReadonlyMap<number, number>,
): ImageSource {
  if (images !== null) return inMemoryImages(images);
  return {
    length: indices.length,
    image: (index) => (streamed as StreamedRows).images[place.get(index) as number],
  };
}

/** Stored images, each read once for the rows of a task. */
function readImages({ stored }: RenderContext, reader: StoredReader): ImageSource {
  const kept = new Map<number, ByteImage>();
  return {
    length: stored?.checksums.length ?? 0,
    image: (index) => {
      let image = kept.get(index);
      if (image === undefined) {
        image = reader.read(index);
        kept.set(index, image);
      }
      return image;
    },
  };
}

function planeSource(
  { planes }: RenderContext,
  { streamed, indices }: RowsTask,
  place: ReadonlyMap<number, number>,
): PlaneSource | null {
  if (planes !== null) return inMemoryPlanes(planes);
  const decoded = streamed?.planes ?? null;
  if (decoded === null) return null;
  return { length: indices.length, plane: (index) => decoded[place.get(index) as number] };
}

function texturesOf({ textures }: RenderContext): ImageSource | undefined {
  return textures === null ? undefined : inMemoryImages(textures);
}

function inMemoryImages({ images, height, width, length }: LoadableImages): ImageSource {
  const size = height * width * 3;
  return {
    length,
    image: (index) => ({
      data: images.subarray(index * size, (index + 1) * size),
      height,
      width,
      channels: 3,
    }),
  };
}

function inMemoryPlanes({ planes, height, width }: LoadablePlanes): PlaneSource {
  const size = height * width;
  return {
    length: planes.length / size,
    plane: (index) => ({ data: planes.subarray(index * size, (index + 1) * size), height, width }),
  };
}

function inMemory(guide: SourceGuide): CropGuide {
  return guide.kind === 'boxes' ? guide : { ...guide, maps: inMemoryPlanes(guide.maps) };
}
