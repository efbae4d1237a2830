import type { ImageSet } from '@fovea/data';
import { safeTensorFloats, type SafeTensor } from '@fovea/files';
import { rates, type ParityData, type RunOutcome } from './ours.ts';
import type { ParityMethod, SCALE } from './recipes.ts';
import { runPeer } from './run-peer.ts';

/**
 * Trains the same method with PyTorch and lightly in a process of its own; `folder` holds what the two exchange.
 *
 * @param start - first weights, as `startOf` gives them; without, PyTorch draws its own
 */
export function trainPeer(
  name: string,
  method: ParityMethod,
  scale: typeof SCALE,
  seed: number,
  data: ParityData,
  folder: string,
  start?: ReadonlyMap<string, SafeTensor>,
): RunOutcome {
  const images = new Map([
    ['train', pixelsOf(data.train)],
    ['test', pixelsOf(data.test)],
  ]);
  const run = { name, method, scale, seed, rates: rates(scale), images };
  const left = runPeer({ ...run, ...(start !== undefined && { given: start }) }, folder);
  const floats = (what: string): Float32Array => safeTensorFloats(left(what));
  return {
    losses: [...floats('losses')],
    seconds: floats('seconds')[0],
    train: floats('train'),
    test: floats('test'),
  };
}

/** All images of a set as one array [images, height, width, 3] of bytes. */
export function pixelsOf(images: ImageSet): SafeTensor {
  const { length, height, width } = images;
  const data = new Uint8Array(length * height * width * 3);
  for (let index = 0; index < length; index++) data.set(images.image(index).data, index * height * width * 3);
  return { dtype: 'U8', shape: [length, height, width, 3], data };
}
