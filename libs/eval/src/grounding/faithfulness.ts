import { checkOptions } from '../protocol/check-options.ts';
import { insertionDeletion } from './insertion-deletion.ts';
import type { Metric } from '../protocol/metric.ts';
import { pause } from '../protocol/pause.ts';
import { CONTROL, NO_PIECES, type RunControl } from '../protocol/run-control.ts';

/** Maps of some images and the class score of each image under masks. */
export interface FaithfulnessTask {
  readonly length: number;
  /** [H*W] of one image. */
  map(index: number): Float32Array;
  /** Class score of an image where `keep` is 1 and of its replacement (blur for insertion, grey for deletion) where it is 0. */
  score(index: number, keep: Uint8Array, game: 'insertion' | 'deletion'): Promise<number>;
  /** Names network, images and maps; needed with `pieces`. */
  readonly digest?: string;
}

export interface FaithfulnessOptions extends RunControl {
  /** Equal steps from nothing to everything. */
  readonly steps: number;
}

/**
 * Insertion and deletion games over images: `faithfulness.insertion.s<steps>.auc` (large is good) and `faithfulness.deletion.s<steps>.auc` (small is good), means over images.
 *
 * @throws Error for whatever `insertionDeletion` refuses, with the image
 * @see Petsiuk et al. 2018 (RISE)
 */
export async function* faithfulness(
  task: FaithfulnessTask,
  options: FaithfulnessOptions,
): AsyncGenerator<Metric, void, undefined> {
  checkOptions(options, ['steps', ...CONTROL], 'faithfulness');
  const { steps, pieces = NO_PIECES, onProgress } = options;
  if (options.pieces && task.digest === undefined)
    throw new Error('faithfulness: pieces need a task with a digest.');
  const sums = { insertion: 0, deletion: 0 };
  for (let image = 0; image < task.length; image++) {
    await pause();
    const areas = await pieces.json(
      () => ({ piece: 'faithfulness', task: task.digest, steps, image }),
      () =>
        insertionDeletion(task.map(image), { steps, score: (keep, game) => task.score(image, keep, game) }),
    );
    sums.insertion += areas.insertion / task.length;
    sums.deletion += areas.deletion / task.length;
    onProgress?.({ what: 'faithfulness: image', done: image + 1, total: task.length });
  }
  const rest = { n: task.length, unit: '1' } as const;
  yield { metric: `faithfulness.insertion.s${steps}.auc`, value: sums.insertion, ...rest, direction: 'up' };
  yield { metric: `faithfulness.deletion.s${steps}.auc`, value: sums.deletion, ...rest, direction: 'down' };
}
