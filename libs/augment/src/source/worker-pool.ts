import { Worker } from 'node:worker_threads';
import { ImageFault } from '../views/image-fault.ts';
import type { RenderContext, RowsTask } from './render-rows.ts';
import type { SourceGuide } from './view-source-options.ts';
import type { ViewMessage, ViewReply } from './view-worker.ts';

/** Whoever renders rows. */
export interface Renderers {
  readonly count: number;
  /** Renders rows by one of the renderers. */
  render(which: number, task: RowsTask): Promise<void>;
  /** What places crops in tasks of this number. */
  guideBy(number: number, guide: SourceGuide | null): void;
  close(): Promise<void>;
}

interface Waiting {
  resolve(): void;
  reject(error: Error): void;
}

/** Threads that render rows; they never keep the process alive unless somebody waits. */
export function workerPool(count: number, context: RenderContext): Renderers {
  const waiting = new Map<number, Waiting>();
  let [tasks, fault] = [0, undefined as Error | undefined];
  const settle = ({ id, error }: ViewReply): void => {
    const one = waiting.get(id);
    waiting.delete(id);
    if (waiting.size === 0) for (const worker of workers) worker.unref();
    if (error === null) one?.resolve();
    else if (error.image === null) one?.reject(new RangeError(error.reason));
    else one?.reject(new ImageFault(error.reason, error.image));
  };
  const fail = (error: Error): void => {
    fault ??= error;
    for (const { reject } of waiting.values()) reject(fault);
    waiting.clear();
  };
  const workers = Array.from({ length: count }, () => {
    const worker = new Worker(new URL('./view-worker.mjs', import.meta.url), {
      workerData: context,
      execArgv: [],
    });
    worker.on('message', settle);
    worker.on('error', (error) => {
      fail(error as Error);
    });
    worker.on('exit', () => {
      fail(new Error('openViewSource: the source is closed.'));
    });
    worker.unref();
    return worker;
  });
  const post = (worker: Worker, message: ViewMessage): void => {
    worker.postMessage(message);
  };
  return {
    count,
    render: (which, task) => {
      if (fault !== undefined) return Promise.reject(fault);
      const id = tasks++;
      if (waiting.size === 0) for (const worker of workers) worker.ref(); // alive while somebody waits
      return new Promise((resolve, reject) => {
        waiting.set(id, { resolve, reject });
        post(workers[which], { id, task });
      });
    },
    guideBy: (number, guide) => {
      for (const worker of workers) post(worker, { number, guide });
    },
    close: async () => {
      fail(new Error('openViewSource: the source is closed.'));
      for (const worker of workers) worker.ref(); // else the process may end before they have
      await Promise.all(workers.map((worker) => worker.terminate()));
    },
  };
}
