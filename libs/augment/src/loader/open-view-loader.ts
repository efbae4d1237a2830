import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import type { Key } from '@fovea/random';
import { allViews } from '../views/make-views.ts';
import { checkKeys, checkRecipe, type ViewsRecipe } from '../views/recipe.ts';
import type { ViewBatch } from '../views/render-batch.ts';
import type { ViewParams } from '../views/sample-view.ts';
import type { ViewReply, ViewTask, WorkerImages } from './view-task.ts';

/** Images of one size in memory; the image sets of `@fovea/data` fit. */
export interface LoadableImages {
  readonly images: Uint8Array; // [N, H, W, 3]
  readonly length: number;
  readonly height: number;
  readonly width: number;
  readonly channels: number;
}

/** Options of {@link openViewLoader}. */
export interface ViewLoaderOptions {
  /** Worker threads; default: one less than the machine's, at least one. */
  readonly workers?: number;
  /** Batches that are rendered ahead of the one in use; default: 2. */
  readonly prefetch?: number;
}

/** One batch of a loader. `data` is shared memory and is overwritten after the next batch is asked for. */
export interface LoadedViews extends ViewBatch {
  readonly indices: Int32Array;
}

/** Worker threads that render views ahead of training. */
export interface ViewLoader {
  /**
   * Batches in the order of their indices. Bits equal those of `makeViews(images, indices, recipe, key)`, whatever the number of workers.
   *
   * @throws RangeError for an empty batch or an index out of range, when its turn comes
   */
  run(batches: Iterable<ArrayLike<number>>, key: Key): AsyncGenerator<LoadedViews, void, undefined>;
  /** Ends the threads. */
  close(): Promise<void>;
}

/**
 * Starts worker threads that render views of images in shared memory.
 *
 * The images are copied once unless they already lie in shared memory. The threads never keep the process alive.
 *
 * @throws RangeError for a malformed recipe, views of different sizes, images that are not RGB, or options out of range
 *
 * @example
 * const loader = openViewLoader(train, CIFAR_SIMCLR);
 * for await (const { data, shape } of loader.run(batches, fold(key(seed), epoch))) step(tf.tensor(data, [...shape]));
 * await loader.close();
 */
export function openViewLoader(
  images: LoadableImages,
  recipe: ViewsRecipe,
  options: ViewLoaderOptions = {},
): ViewLoader {
  const { workers = Math.max(1, availableParallelism() - 1), prefetch = 2, ...unknown } = options;
  checkKeys(unknown, [], 'openViewLoader: options');
  checkRecipe(recipe);
  allViews(recipe, 'openViewLoader');
  if (!(Number.isInteger(workers) && workers >= 1)) {
    throw new RangeError(`openViewLoader: workers must be an integer >= 1, got ${workers}.`);
  }
  if (!(Number.isInteger(prefetch) && prefetch >= 0)) {
    throw new RangeError(`openViewLoader: prefetch must be an integer >= 0, got ${prefetch}.`);
  }
  if (images.channels !== 3)
    throw new RangeError(`openViewLoader: images must have 3 channels, got ${images.channels}.`);
  const pool = new Pool(workers, {
    images: shared(images.images),
    height: images.height,
    width: images.width,
    recipe,
  });
  return {
    run: (batches, key) => run(pool, batches, recipe, key, workers, prefetch),
    close: () => pool.close(),
  };
}

async function* run(
  pool: Pool,
  batches: Iterable<ArrayLike<number>>,
  recipe: ViewsRecipe,
  key: Key,
  workers: number,
  prefetch: number,
): AsyncGenerator<LoadedViews, void, undefined> {
  const { size } = recipe.views[0];
  const pixels = recipe.views.length * size * size * 3;
  const slots: (Float32Array<SharedArrayBuffer> | undefined)[] = []; // one for the batch in use, one for each ahead
  const ahead: Promise<LoadedViews>[] = [];
  let turn = 0;
  const start = (wanted: ArrayLike<number>): void => {
    const indices = Int32Array.from(wanted);
    const slot = turn++ % (prefetch + 1);
    const needed = indices.length * pixels;
    let memory = slots[slot];
    if (memory === undefined || memory.length < needed) {
      memory = new Float32Array(new SharedArrayBuffer(needed * 4));
      slots[slot] = memory;
    }
    const batch = render(pool, indices, memory.subarray(0, needed), recipe, key, workers);
    batch.catch(() => undefined); // reported when its turn comes
    ahead.push(batch);
  };
  const iterator = batches[Symbol.iterator]();
  for (;;) {
    while (ahead.length <= prefetch) {
      const next = iterator.next();
      if (next.done === true) break;
      start(next.value);
    }
    const first = ahead.shift();
    if (first === undefined) return;
    yield await first;
  }
}

async function render(
  pool: Pool,
  indices: Int32Array,
  out: Float32Array<SharedArrayBuffer>,
  recipe: ViewsRecipe,
  key: Key,
  workers: number,
): Promise<LoadedViews> {
  const batch = indices.length;
  if (batch === 0) throw new RangeError('openViewLoader: indices must not be empty.');
  const wrong = indices.find((index) => index < 0 || index >= pool.length);
  if (wrong !== undefined) {
    throw new RangeError(`openViewLoader: index must be an integer in [0, ${pool.length}), got ${wrong}.`);
  }
  const edges = Array.from({ length: workers + 1 }, (_, part) => Math.round((part * batch) / workers));
  const parts = await Promise.all(
    edges.slice(1).map((to, worker) => {
      const from = edges[worker];
      return from === to
        ? Promise.resolve([])
        : pool.ask(worker, { indices: indices.slice(from, to), from, batch, key, out });
    }),
  );
  const { size } = recipe.views[0];
  return {
    data: out,
    shape: [recipe.views.length, batch, size, size, 3],
    params: recipe.views.map((_, view) => parts.flatMap((part) => part[view] ?? [])),
    indices,
  };
}

function shared(images: Uint8Array): Uint8Array<SharedArrayBuffer> {
  if (images.buffer instanceof SharedArrayBuffer) return images as Uint8Array<SharedArrayBuffer>;
  const copy = new Uint8Array(new SharedArrayBuffer(images.length));
  copy.set(images);
  return copy;
}

interface Waiting {
  resolve(params: readonly (readonly ViewParams[])[]): void;
  reject(error: Error): void;
}

class Pool {
  /** How many images there are. */
  readonly length: number;
  readonly #workers: Worker[];
  readonly #waiting = new Map<number, Waiting>();
  #count = 0;
  #fault: Error | undefined;

  constructor(workers: number, images: WorkerImages) {
    this.length = images.images.length / (images.height * images.width * 3);
    this.#workers = Array.from({ length: workers }, () => {
      const worker = new Worker(new URL('./view-worker.mjs', import.meta.url), {
        workerData: images,
        execArgv: [],
      });
      worker.on('message', (reply: ViewReply) => {
        this.#settle(reply);
      });
      worker.on('error', (error) => {
        this.#fail(error as Error);
      });
      worker.on('exit', () => {
        this.#fail(new Error('openViewLoader: the loader is closed.'));
      });
      worker.unref();
      return worker;
    });
  }

  ask(worker: number, task: Omit<ViewTask, 'id'>): Promise<readonly (readonly ViewParams[])[]> {
    if (this.#fault !== undefined) return Promise.reject(this.#fault);
    const id = this.#count++;
    if (this.#waiting.size === 0) for (const one of this.#workers) one.ref(); // alive while somebody waits
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#workers[worker].postMessage({ ...task, id });
    });
  }

  async close(): Promise<void> {
    this.#fail(new Error('openViewLoader: the loader is closed.'));
    await Promise.all(this.#workers.map((worker) => worker.terminate()));
  }

  #settle(reply: ViewReply): void {
    const waiting = this.#waiting.get(reply.id);
    this.#waiting.delete(reply.id);
    if (this.#waiting.size === 0) for (const one of this.#workers) one.unref();
    if ('error' in reply) waiting?.reject(new RangeError(reply.error));
    else waiting?.resolve(reply.params);
  }

  #fail(error: Error): void {
    this.#fault ??= error;
    for (const { reject } of this.#waiting.values()) reject(this.#fault);
    this.#waiting.clear();
  }
}
