import { parentPort, workerData } from 'node:worker_threads';
import { ImageFault } from '../views/image-fault.ts';
import { guideShelf, type RenderContext, renderRows, type RowsTask } from './render-rows.ts';
import { storedReader } from './stored-images.ts';
import type { SourceGuide } from './view-source-options.ts';

/** What a worker is told: rows to render, or what places crops from now on. */
export type ViewMessage =
  | { readonly id: number; readonly task: RowsTask }
  | { readonly number: number; readonly guide: SourceGuide | null };

/** A worker's answer to a task. */
export interface ViewReply {
  readonly id: number;
  /** Why it failed, and at which image; null when the rows are there. */
  readonly error: { readonly reason: string; readonly image: number | null } | null;
}

const context = workerData as RenderContext;
const guides = guideShelf();
const reader = context.stored === null ? null : storedReader(context.stored);

parentPort?.on('message', (message: ViewMessage) => {
  if ('guide' in message) {
    guides.put(message.number, message.guide);
    return;
  }
  const { id, task } = message;
  let error: ViewReply['error'] = null;
  try {
    renderRows(context, guides.get(task.guide), task, reader);
  } catch (fault) {
    error =
      fault instanceof ImageFault
        ? { reason: fault.reason, image: fault.image }
        : { reason: (fault as Error).message, image: null };
  }
  parentPort?.postMessage({ id, error } satisfies ViewReply);
});
