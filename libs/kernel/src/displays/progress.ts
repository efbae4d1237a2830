import { display, type DisplayHandle } from './display.ts';
import { escapeHtml } from './html.ts';
import { notebookHost } from './host.ts';

/** How a progress bar looks. */
export interface ProgressOptions {
  readonly label?: string;
  /** Number of items where the iterable has no `length` or `size`. */
  readonly total?: number;
  /** Least time between two updates. Default 100. */
  readonly intervalMs?: number;
}

/**
 * Passes on the items of an iterable and shows how far it is, at what rate, and how long it will take.
 *
 * @example
 * for (const batch of progress([1, 2, 3], { label: 'batches' })) console.log(batch);
 */
export function progress<T>(items: Iterable<T>, options?: ProgressOptions): Iterable<T>;
export function progress<T>(items: AsyncIterable<T>, options?: ProgressOptions): AsyncIterable<T>;
export function progress<T>(
  items: Iterable<T> | AsyncIterable<T>,
  options: ProgressOptions = {},
): Iterable<T> | AsyncIterable<T> {
  return Symbol.asyncIterator in items ? overAsync(items, options) : over(items, options);
}

function* over<T>(items: Iterable<T>, options: ProgressOptions): Generator<T> {
  const bar = new Bar(items, options);
  try {
    for (const item of items) {
      yield item;
      bar.step();
    }
    bar.end(true);
  } finally {
    bar.end(false);
  }
}

async function* overAsync<T>(items: AsyncIterable<T>, options: ProgressOptions): AsyncGenerator<T> {
  const bar = new Bar(items, options);
  try {
    for await (const item of items) {
      yield item;
      bar.step();
    }
    bar.end(true);
  } finally {
    bar.end(false);
  }
}

class Bar {
  readonly #label: string;
  readonly #total: number | undefined;
  readonly #interval: number;
  readonly #start = performance.now();
  #shown = -Infinity;
  #done = 0;
  #ended = false;
  #handle: DisplayHandle | undefined;

  constructor(items: object, { label = '', total, intervalMs = 100 }: ProgressOptions) {
    const { length, size } = items as { length?: unknown; size?: unknown };
    this.#label = label;
    this.#total =
      total ?? (typeof length === 'number' ? length : typeof size === 'number' ? size : undefined);
    this.#interval = intervalMs;
    this.#show();
  }

  step(): void {
    this.#done++;
    if (performance.now() - this.#shown >= this.#interval) this.#show();
  }

  end(complete: boolean): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#show(complete ? 'done' : 'stopped');
  }

  #show(state?: 'done' | 'stopped'): void {
    this.#shown = performance.now();
    const seconds = (this.#shown - this.#start) / 1000;
    const [done, total] = [this.#done, this.#total];
    const rate = seconds > 0 && done > 0 ? done / seconds : 0;
    const left = total !== undefined && rate > 0 ? (total - done) / rate : undefined;
    const parts = [
      `${done}${total === undefined ? '' : `/${total}`}`,
      ...(rate > 0 ? [`${rate.toPrecision(3)}/s`] : []),
      ...(state ? [`${state} in ${time(seconds)}`] : left === undefined ? [] : [`${time(left)} left`]),
    ];
    const text = `${this.#label ? `${this.#label}: ` : ''}${parts.join(', ')}`;
    const value = total === undefined ? '' : ` value="${done}" max="${total}"`;
    const html = `<progress${value} style="vertical-align: middle"></progress> ${escapeHtml(text)}`;
    const data = { 'text/html': html, 'text/plain': text };
    if (this.#handle) this.#handle.update(data);
    else if (notebookHost()) this.#handle = display(data, { raw: true });
    else if (state) process.stderr.write(`${text}\n`);
  }
}

function time(seconds: number): string {
  if (seconds < 60) return `${seconds.toFixed(1)} s`;
  const minutes = Math.floor(seconds / 60);
  return minutes < 60
    ? `${minutes} min ${Math.round(seconds % 60)} s`
    : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
