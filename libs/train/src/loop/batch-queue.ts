import type { Learner, ViewBatch } from '@fovea/methods';
import { tf, upload } from '@fovea/tensorflow';
import type { SourceArray, SourceBatch, ViewSource } from '../fit-options.ts';
import type { Clock } from './clock.ts';
import { mapValues } from './map-values.ts';

/**
 * Batches in the order of training, each asked for before it is needed: workers render the next while the graph runs on this one.
 *
 * A batch is copied into tensors before the next is asked for, so that a source with one buffer can serve; one that gives its arrays away
 * is spared the copy.
 */
export class BatchQueue {
  readonly #views: ViewSource;
  readonly #clock: Clock;
  readonly #perEpoch: number;
  readonly #end: number;
  readonly #waiting: (SourceBatch | Promise<SourceBatch>)[] = [];
  #next: number;

  /**
   * @param perEpoch - batches of an epoch that training uses
   * @param from - number of the first batch, over all epochs
   * @param end - number after the last
   */
  constructor(views: ViewSource, clock: Clock, perEpoch: number, from: number, end: number) {
    this.#views = views;
    this.#clock = clock;
    this.#perEpoch = perEpoch;
    this.#next = from;
    this.#end = end;
  }

  /** The next batch as tensors, which the caller frees; batches after it are under way when this resolves. */
  async take(learner: Learner): Promise<ViewBatch> {
    if (this.#waiting.length === 0) this.#ask();
    const batch = await this.#clock.waitFor(this.#waiting.shift() as SourceBatch); // one is waiting: asked for above
    checkNeeds(learner, batch);
    // A source may fill its array with the next batch before the step of this one has run, unless it says that it does not.
    const tensorOf = ({ data, shape }: SourceArray) =>
      upload(this.#views.givesArraysAway === true ? data : data.slice(), shape);
    const tensors = {
      views: batch.views.map(tensorOf),
      extras: mapValues(batch.extras ?? {}, tensorOf),
    };
    while (this.#waiting.length < (this.#views.ahead ?? 1) && this.#next < this.#end) this.#ask();
    return tensors;
  }

  #ask(): void {
    const number = this.#next++;
    const start = performance.now();
    const batch = this.#views.batch(Math.floor(number / this.#perEpoch), number % this.#perEpoch);
    this.#clock.waited(performance.now() - start); // what a source does before it returns holds training up
    if (batch instanceof Promise) batch.catch(() => undefined); // reported when its turn comes
    this.#waiting.push(batch);
  }
}

/** Frees a batch. */
export function disposeBatch(batch: ViewBatch): void {
  tf.dispose([...batch.views, ...Object.values(batch.extras)]);
}

function checkNeeds(learner: Learner, { extras = {} }: SourceBatch): void {
  const lacking = learner.needs.filter((name) => !(name in extras));
  if (lacking.length > 0) {
    const given = Object.keys(extras).join(', ') || 'none';
    throw new Error(
      `fit: ${learner.name} needs ${lacking.join(' and ')} beside the views, and the view source gives ${given}.`,
    );
  }
}
