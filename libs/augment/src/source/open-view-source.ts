import { availableParallelism } from 'node:os';
import { fold, permutation } from '@fovea/random';
import type { Plane } from '../plane.ts';
import { ImageFault } from '../views/image-fault.ts';
import {
  type BatchArrays,
  batchShapes,
  type RenderContext,
  guideShelf,
  renderRows,
  type RowsTask,
  type SourceArray,
  viewsKey,
} from './render-rows.ts';
import { decodeRows, type Replacement } from './decode-rows.ts';
import { type StoredImages, storedReader } from './stored-images.ts';
import { sharedArrays, sharedGuide, sharedImages, sharedPlanes } from './shared-memory.ts';
import {
  checkPlanes,
  checkSourceOptions,
  type SourceGuide,
  storedOf,
  type ViewSourceOptions,
} from './view-source-options.ts';
import { type Renderers, workerPool } from './worker-pool.ts'; // prettier-ignore

/** Batches of views by epoch and step. It fits `fit` of `@fovea/train`. */
export interface OpenViewSource {
  /** Images of a batch. */
  readonly images: number;
  readonly stepsPerEpoch: number;
  /** How many batches may be asked for before the first of them is used. */
  readonly ahead: 1;
  /**
   * One batch, in shared memory that is filled anew once the batch after the next is asked for. TensorFlow takes it without a copy (`upload`), so
   * tensors of it must be done with by then.
   *
   * @throws RangeError for an epoch or step that is none, and whatever is wrong with an image, a map or a box
   */
  batch(epoch: number, step: number): Promise<BatchArrays>;
  /** What places crops in the batches that are asked for from now on; null: nothing. Batches rendered ahead are thrown away. */
  guideBy(guide: SourceGuide | null): void;
  /** Images that could not be decoded, and the reason, where `replaceCorrupt` is set. */
  readonly replaced: ReadonlyMap<number, string>;
  /** Ends the threads. */
  close(): Promise<void>;
}

/**
 * Batches of views that worker threads render ahead of training: several resolutions, guided crops, copy-paste, and what belongs to each view.
 *
 * Random access: batch (epoch, step) is a pure function of the options and the guide, so a run can be resumed or repeated, and the bits do not depend
 * on the number of threads or on what was asked for before. Epoch e visits the images in the order `permutation(fold(fold(key, e), 'order'), N)`; its views
 * equal those of `makeViews` and its kin with `fold(fold(key, e), 'views')`.
 *
 * @throws RangeError for options that are unknown, missing or out of range
 *
 * @example
 * const views = openViewSource({ images: train, recipe: CIFAR_SIMCLR, batch: 256, key: key(0), extras: ['boxes', 'flips'] });
 * await fit(learner, { views, epochs: 100, key: key(1), optimiser });
 * await views.close();
 */
export function openViewSource(options: ViewSourceOptions): OpenViewSource {
  checkSourceOptions(options);
  const { images, planes, recipe, batch, key, extras = [], textures, guide = null } = options;
  const { workers = Math.max(1, availableParallelism() - 1), prefetch = 2, paste = null } = options;
  const chosen = options.indices === undefined ? null : Int32Array.from(options.indices);
  const length = chosen?.length ?? images.length;
  const stepsPerEpoch = Math.floor(length / batch);
  const context: RenderContext = {
    recipe,
    extras,
    paste,
    images: 'images' in images ? sharedImages(images) : null,
    stored: toStored(storedOf(images)),
    planes: planes !== undefined && 'planes' in planes ? sharedPlanes(planes) : null,
    textures: textures === undefined ? null : sharedImages(textures),
  };
  const renderers = workers === 0 ? callingThread(context) : workerPool(workers, context);
  const ahead = workers === 0 ? 0 : prefetch;
  const shapes = batchShapes(context, batch);
  const started = new Map<string, { readonly arrays: BatchArrays; readonly done: Promise<void> }>();
  const free: BatchArrays[] = [];
  const handedOut: BatchArrays[] = [];
  const replaced = new Map<number, string>();
  /** The next image of those that are visited, so that a replacement never comes from outside them. */
  const next = (index: number): number => {
    if (chosen === null) return (index + 1) % length;
    return chosen[(chosen.indexOf(index) + 1) % length];
  };
  let guideNumber = 0;
  let order: { readonly epoch: number; readonly places: Int32Array } | undefined;

  const orderOf = (epoch: number): Int32Array => {
    if (order?.epoch !== epoch)
      order = { epoch, places: permutation(fold(fold(key, epoch), 'order'), length) };
    return order.places;
  };
  const allocate = (): BatchArrays => {
    const names = Object.keys(shapes.extras);
    const all = [...shapes.views, ...Object.values(shapes.extras)];
    const types = [...shapes.views, ...names].map((name) => (name === 'index' ? 'int32' : 'float32'));
    const arrays = sharedArrays(all.map((shape, place) => ({ shape, type: types[place] })));
    const made = arrays.map((data, place): SourceArray => ({ data, shape: all[place] }));
    const count = shapes.views.length;
    return {
      views: made.slice(0, count),
      extras: Object.fromEntries(names.map((name, place) => [name, made[count + place]])),
    };
  };
  const start = (epoch: number, step: number): void => {
    const places = orderOf(epoch).subarray(step * batch, (step + 1) * batch);
    const indices = Int32Array.from(places, (place) => chosen?.[place] ?? place);
    const arrays = free.pop() ?? allocate();
    const done = renderBatchRows(
      options,
      renderers,
      { out: arrays, key: viewsKey(key, epoch), guide: guideNumber },
      indices,
      { replaced, next },
    );
    done.catch(() => undefined); // reported when its turn comes
    started.set(`${epoch}/${step}`, { arrays, done });
  };
  /** Batches that nobody will ask for give their memory back when they are rendered. */
  const forget = (wanted: ReadonlySet<string>): void => {
    for (const [name, { arrays, done }] of started) {
      if (wanted.has(name)) continue;
      started.delete(name);
      const back = (): void => void free.push(arrays);
      done.then(back, back);
    }
  };
  const guideAll = (next: SourceGuide | null): void => {
    if (next?.kind === 'maps') checkPlanes(next.maps, images.length);
    renderers.guideBy(++guideNumber, next === null ? null : sharedGuide(next));
    forget(new Set());
  };
  guideAll(guide);

  return {
    images: batch,
    stepsPerEpoch,
    ahead: 1,
    replaced,
    async batch(epoch, step) {
      checkStep(epoch, step, stepsPerEpoch);
      const upcoming = Array.from({ length: ahead + 1 }, (_, later): [number, number] => {
        const at = step + later;
        return [epoch + Math.floor(at / stepsPerEpoch), at % stepsPerEpoch];
      });
      forget(new Set(upcoming.map((place) => place.join('/'))));
      while (handedOut.length > 1) free.push(handedOut.shift() as BatchArrays);
      for (const [e, s] of upcoming) if (!started.has(`${e}/${s}`)) start(e, s);
      const name = `${epoch}/${step}`;
      const { arrays, done } = started.get(name) as { arrays: BatchArrays; done: Promise<void> };
      started.delete(name);
      handedOut.push(arrays);
      await done;
      return arrays;
    },
    guideBy: guideAll,
    close: () => renderers.close(),
  };
}

function checkStep(epoch: number, step: number, steps: number): void {
  if (!(Number.isInteger(epoch) && epoch >= 0)) {
    throw new RangeError(`openViewSource: epoch must be an integer >= 0, got ${epoch}.`);
  }
  if (!(Number.isInteger(step) && step >= 0 && step < steps)) {
    throw new RangeError(`openViewSource: step must be an integer in [0, ${steps}), got ${step}.`);
  }
}

async function renderBatchRows(
  { images, planes, replaceCorrupt = false }: ViewSourceOptions,
  renderers: Renderers,
  task: Pick<RowsTask, 'out' | 'key' | 'guide'>,
  wanted: Int32Array,
  corrupt: Replacement,
): Promise<void> {
  const parts = Math.max(1, renderers.count);
  const edges = Array.from({ length: parts + 1 }, (_, part) => Math.round((part * wanted.length) / parts));
  await Promise.all(
    edges.slice(1).map(async (to, part) => {
      const from = edges[part];
      if (from === to) return;
      const indices = wanted.slice(from, to);
      let streamed = null;
      const ready = 'images' in images || storedOf(images) !== null;
      if (!ready || (planes !== undefined && !('planes' in planes))) {
        const decoded =
          'images' in images || ready
            ? []
            : await decodeRows(images, indices, replaceCorrupt ? corrupt : null);
        const maps: Plane[] = [];
        if (planes !== undefined && !('planes' in planes))
          for (const index of indices) maps.push(await planes.plane(index));
        streamed = { images: decoded, planes: maps.length === 0 ? null : maps };
      }
      await renderers.render(part, { ...task, indices, from, streamed }).catch((error: unknown) => {
        throw withName(error, images);
      });
    }),
  );
}

/** An image's fault with the image's name, where the set has names. */
function withName(error: unknown, images: ViewSourceOptions['images']): unknown {
  if (!(error instanceof ImageFault) || 'images' in images) return error;
  return new ImageFault(error.reason, error.image, images.names?.[error.image], error);
}

/** What threads need to read stored images, without other fields of it. */
function toStored(stored: StoredImages | null): StoredImages | null {
  if (stored === null) return null;
  const { height, width, channels, files, checksums } = stored;
  return { height, width, channels, files, checksums };
}

function callingThread(context: RenderContext): Renderers {
  const guides = guideShelf();
  const reader = context.stored === null ? null : storedReader(context.stored);
  let closed = false;
  return {
    count: 0,
    render: async (_, task) => {
      if (closed) throw new Error('openViewSource: the source is closed.');
      renderRows(context, guides.get(task.guide), task, reader);
    },
    guideBy: guides.put,
    close: async () => {
      closed = true;
      reader?.close();
    },
  };
}
