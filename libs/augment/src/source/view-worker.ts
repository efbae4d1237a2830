import { parentPort, workerData } from 'node:worker_threads';
import { guideShelf, type RenderContext, renderRows, type RowsTask } from './render-rows.ts';
import type { SourceGuide } from './view-source-options.ts';

/** What a worker is told: rows to render, or what places crops from now on. */
export type ViewMessage =
  | { readonly id: number; readonly task: RowsTask }
  | { readonly number: number; readonly guide: SourceGuide | null };

/** A worker's answer to a task. */
export interface ViewReply {
  readonly id: number;
  /** Why it failed; null when the rows are there. */
  readonly error: string | null;
}

const context = workerData as RenderContext;
const guides = guideShelf();

parentPort?.on('message', (message: ViewMessage) => {
  if ('guide' in message) {
    guides.put(message.number, message.guide);
    return;
  }
  const { id, task } = message;
  let error: string | null = null;
  try {
    renderRows(context, guides.get(task.guide), task);
  } catch (fault) {
    error = (fault as Error).message;
  }
  parentPort?.postMessage({ id, error } satisfies ViewReply);
});
