import { loadCifar10 } from '@fovea/data';
import type { DataConfig, RunConfig } from './run-config.ts';
import { digests, type RunData } from './run-data.ts';
import { sceneParts } from './scene-data.ts';

/**
 * Digests of the data that a run would load today, as far as they are known without decoding or drawing an image: the parts that are cut
 * from others (few labels) follow from these, and the user's photographs are looked at by the run itself.
 */
export async function dataDigests({
  data,
  evaluation,
}: Pick<RunConfig, 'data' | 'evaluation'>): Promise<RunData['datasets']> {
  if (data.name === 'emoji-scenes') return digests('emoji-scenes', await sceneParts(data, evaluation));
  if (data.name === 'cifar10') return digests('cifar10', { test: await cifarTest(data) });
  return [];
}

/** The first test images; the digest of training images that are cut from a longer list follows from the same files. */
function cifarTest({
  testImages,
}: DataConfig & { readonly name: 'cifar10' }): ReturnType<typeof loadCifar10> {
  return loadCifar10({ split: 'test', limit: testImages });
}
