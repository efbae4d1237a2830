/** Measures the pace of a run; the first step, which pays for recording and warming up, is left out where there are others. */
export class Clock {
  readonly #images: number;
  readonly #start = performance.now();
  readonly #before: number;
  #firstEnd = 0;
  #steps = 0;
  #waited = 0;

  /** @param before - seconds that an earlier part of the run took */
  constructor(imagesPerStep: number, before: number) {
    this.#images = imagesPerStep;
    this.#before = before;
  }

  tick(): void {
    this.#steps++;
    if (this.#steps === 1) this.#firstEnd = performance.now();
  }

  /** Waits for a batch and notes how long that took. */
  async waitFor<T>(batch: T | Promise<T>): Promise<T> {
    if (!(batch instanceof Promise)) return batch;
    const start = performance.now();
    const value = await batch;
    this.waited(performance.now() - start);
    return value;
  }

  /** Notes time that the graph stood still for a batch. */
  waited(milliseconds: number): void {
    if (this.#steps > 0) this.#waited += milliseconds;
  }

  get seconds(): number {
    return this.#before + (performance.now() - this.#start) / 1000;
  }

  /** Images a second. */
  get rate(): number {
    const [from, steps] = this.#steps > 1 ? [this.#firstEnd, this.#steps - 1] : [this.#start, this.#steps];
    return (steps * this.#images) / ((performance.now() - from) / 1000);
  }

  /** Share of the time that was spent waiting for batches. */
  get waiting(): number {
    return this.#steps > 1 ? this.#waited / (performance.now() - this.#firstEnd) : 0;
  }
}
