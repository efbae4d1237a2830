import { Worker } from 'node:worker_threads';
import type { EstimateSaliencyOptions, SaliencyEstimator } from './estimate-saliency.ts';
import type { Image, SaliencyMap } from './image.ts';
import { checkRange } from './options.ts';
import type { SaliencyAnswer, SaliencyQuestion } from './saliency-worker.ts';

/** Threads that estimate. */
export interface SaliencyPool {
  /** As `estimateSaliency`, in the thread with the least to do. */
  estimate(
    image: Image,
    estimator: SaliencyEstimator,
    options?: Partial<EstimateSaliencyOptions>,
  ): Promise<SaliencyMap>;
  /** Ends the threads; what is still asked is rejected. */
  close(): Promise<void>;
}

interface Asked {
  readonly resolve: (map: SaliencyMap) => void;
  readonly reject: (error: Error) => void;
}

/**
 * Threads that run `estimateSaliency`; the maps do not depend on how many there are.
 *
 * @param workers - number of threads, 1 to 256
 * @throws Error for other numbers
 *
 * @example
 * const pool = saliencyPool(2);
 * const maps = await Promise.all(images.map((image) => pool.estimate(image, 'rbd')));
 * await pool.close();
 */
export function saliencyPool(workers: number): SaliencyPool {
  if (!Number.isInteger(workers))
    throw new Error(`saliencyPool: workers must be a whole number, got ${workers}.`);
  checkRange(workers, 1, 256, 'saliencyPool: workers');
  let next = 0;
  const threads = Array.from({ length: workers }, () => {
    const worker = new Worker(new URL('./start-worker.mjs', import.meta.url), { execArgv: [] });
    const asked = new Map<number, Asked>();
    worker.on('message', (answer: SaliencyAnswer) => {
      const question = asked.get(answer.id);
      asked.delete(answer.id);
      if ('map' in answer) question?.resolve(answer.map);
      else question?.reject(new Error(answer.error));
    });
    const rejectAll = (reason: string): void => {
      for (const { reject } of asked.values()) reject(new Error(`saliencyPool: ${reason}`));
      asked.clear();
    };
    worker.on('error', (error) => rejectAll(`a thread failed: ${(error as Error).message}`));
    worker.on('exit', () => rejectAll('the pool is closed.'));
    return { worker, asked };
  });
  return {
    estimate: (image, estimator, options = {}) =>
      new Promise((resolve, reject) => {
        const thread = threads.reduce((least, other) =>
          other.asked.size < least.asked.size ? other : least,
        );
        const id = next++;
        thread.asked.set(id, { resolve, reject });
        thread.worker.postMessage({ id, image, estimator, options } satisfies SaliencyQuestion);
      }),
    close: async () => {
      await Promise.all(threads.map(({ worker }) => worker.terminate()));
    },
  };
}
