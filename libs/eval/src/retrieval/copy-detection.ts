import { checkOptions } from '../protocol/check-options.ts';
import type { Metric } from '../protocol/metric.ts';
import { pcaWhitening, whiten } from './pca-whitening.ts';
import { retrieval, type RetrievalTask } from './retrieval.ts';

export interface CopyDetectionOptions {
  /** [N, D] features of external images, which the whitening is learned from; null: none (the name says so). DINO: 20,000 images. */
  readonly external: Float32Array | null;
  /** Number of external images. */
  readonly externalCount: number;
  /** Components kept; DINO keeps all. */
  readonly components: number;
}

/**
 * Copy detection: features `[CLS, GeM(p = 4) of the patch tokens]` (tap `features+gem4`), PCA-whitened with exponent 0.5, ranked by cosine: `copy.gem4[.pca<K>].mAP`, in percent.
 *
 * Queries are edited copies, the bank holds originals and distractors. The whitening sees neither. Nothing is chosen.
 *
 * @throws Error for whatever `pcaWhitening` and `retrieval` refuse
 * @see DINO eval_copy_detection.py: Copydays "strong", 320 pixels, 10,000 distractors
 */
export async function* copyDetection(
  task: RetrievalTask,
  options: CopyDetectionOptions,
): AsyncGenerator<Metric, void, undefined> {
  checkOptions(options, ['external', 'externalCount', 'components'], 'copyDetection');
  const { external, externalCount, components } = options;
  const isWhitened = external !== null;
  const learned = isWhitened ? pcaWhitening(external, externalCount, { components, exponent: 0.5 }) : null;
  const own =
    learned === null
      ? task
      : { ...task, queries: whiten(learned, task.queries), bank: whiten(learned, task.bank) };
  for await (const metric of retrieval(own, {})) {
    yield { ...metric, metric: `copy.gem4${isWhitened ? `.pca${components}` : ''}.mAP` };
  }
}
