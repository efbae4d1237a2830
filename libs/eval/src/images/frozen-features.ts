import { concatenated } from '@fovea/files';
import { checkOptions } from '../protocol/check-options.ts';
import type { LabelledFeatures } from '../splits/feature-splits.ts';
import { pause } from '../protocol/pause.ts';
import { CONTROL, NO_PIECES, type RunControl } from '../protocol/run-control.ts';
import type { EvalImages } from './eval-images.ts';
import { FrozenForward } from './frozen-forward.ts';
import type { Tap } from './tap.ts';

export interface FrozenFeaturesOptions extends RunControl {
  /** Images a forward pass. */
  readonly batch: number;
}

const BLOCK = 4096; // rows of a stored piece, to the nearest whole batch

/**
 * Features of a whole split without augmentation, from a compiled forward pass, block by block: what every evaluator on cached features takes.
 *
 * With `pieces`, finished blocks of about 4,096 images are kept under the digests of network and images, so an interrupted extraction goes on.
 *
 * @throws Error for features that are not finite, naming the image
 *
 * @example
 * const train = await frozenFeatures(featureTap(backbone, 'features'), images, { batch: 250 });
 */
export async function frozenFeatures(
  tap: Tap,
  images: EvalImages,
  options: FrozenFeaturesOptions,
): Promise<LabelledFeatures> {
  checkOptions(options, ['batch', ...CONTROL], 'frozenFeatures');
  const { batch, pieces = NO_PIECES, onProgress } = options;
  const N = images.labels.length;
  if (!Number.isInteger(batch) || batch < 1) {
    throw new Error(`frozenFeatures: batch must be an integer >= 1, got ${batch}.`);
  }
  const forward = new FrozenForward([tap], Math.min(batch, N));
  const rows = batch * Math.max(1, Math.round(BLOCK / batch));
  let network: string | undefined;
  let features: Float32Array | undefined;
  try {
    for (let start = 0; start < N; start += rows) {
      const end = Math.min(N, start + rows);
      const key = (): unknown => ({
        piece: 'frozen features',
        network: (network ??= tap.digest()),
        tap: tap.name,
        images: images.digest,
        rows: [start, end],
      });
      const block = await pieces.floats(key, () => extract(forward, images, start, end, batch));
      const D = block.length / (end - start);
      features ??= new Float32Array(N * D);
      features.set(block, start * D);
      onProgress?.({ what: 'frozenFeatures: images', done: end, total: N });
    }
  } finally {
    forward.dispose();
  }
  if (!features) throw new Error('frozenFeatures: there are no images.');
  return { features, labels: images.labels };
}

async function extract(
  forward: FrozenForward,
  images: EvalImages,
  from: number,
  to: number,
  batch: number,
): Promise<Float32Array> {
  const parts: Float32Array[] = [];
  const prepare = (start: number) => {
    const rows = Int32Array.from({ length: Math.min(batch, to - start) }, (_, at) => start + at);
    return images.plain(rows);
  };
  let next = prepare(from);
  for (let start = from; start < to; start += batch) {
    const own = await next;
    // Preparation that runs elsewhere has the time of this forward pass; a failure is thrown when its batch is due.
    if (start + batch < to) {
      next = prepare(start + batch);
      if (next instanceof Promise) next.catch(() => undefined);
    }
    await pause();
    parts.push(forward.features(own, (row) => `image ${start + row}`)[0]);
  }
  return concatenated(parts);
}
