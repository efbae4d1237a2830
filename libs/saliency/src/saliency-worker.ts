import { parentPort } from 'node:worker_threads';
import {
  estimateSaliency,
  type EstimateSaliencyOptions,
  type SaliencyEstimator,
} from './estimate-saliency.ts';
import type { Image, SaliencyMap } from './image.ts';

/** What a worker is asked. */
export interface SaliencyQuestion {
  readonly id: number;
  readonly image: Image;
  readonly estimator: SaliencyEstimator;
  readonly options: Partial<EstimateSaliencyOptions>;
}

/** What it answers. */
export type SaliencyAnswer =
  { readonly id: number; readonly map: SaliencyMap } | { readonly id: number; readonly error: string };

parentPort?.on('message', ({ id, image, estimator, options }: SaliencyQuestion) => {
  try {
    const map = estimateSaliency(image, estimator, options);
    parentPort?.postMessage({ id, map } satisfies SaliencyAnswer, [map.data.buffer as ArrayBuffer]);
  } catch (error) {
    parentPort?.postMessage({ id, error: (error as Error).message } satisfies SaliencyAnswer);
  }
});
