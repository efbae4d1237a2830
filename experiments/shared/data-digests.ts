import { cifar10Digest } from '@fovea/data';
import type { RunConfig } from './run-config.ts';
import { digests, type RunData } from './run-data.ts';
import { sceneParts } from './scene-data.ts';

/**
 * Digests of the data that a run would load today, as far as they are known without reading or drawing an image: the parts that are cut
 * from others (few labels) follow from these, and the user's photographs are looked at by the run itself.
 */
export async function dataDigests({
  data,
  evaluation,
}: Pick<RunConfig, 'data' | 'evaluation'>): Promise<RunData['datasets']> {
  if (data.name === 'emoji-scenes') return digests('emoji-scenes', await sceneParts(data, evaluation));
  if (data.name === 'cifar10') {
    const { trainImages, labelledImages, testImages } = data;
    return digests('cifar10', {
      train: { digest: cifar10Digest('train', trainImages) },
      labelled: { digest: cifar10Digest('train', labelledImages) },
      test: { digest: cifar10Digest('test', testImages) },
    });
  }
  return [];
}
