import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ImageSet } from '@fovea/data';
import {
  readSafetensors,
  safeTensorFloats,
  writeFileAtomic,
  writeSafetensors,
  type SafeTensor,
} from '@fovea/files';
import { torchPython } from '../peers/environment.ts';
import { rates, type ParityData, type RunOutcome } from './ours.ts';
import type { ParityMethod, SCALE } from './recipes.ts';

const script = fileURLToPath(new URL('train_peer.py', import.meta.url));

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
  const each = rates(scale);
  const [run, images, given, out] = [
    'run.json',
    'images.safetensors',
    'given.safetensors',
    'out.safetensors',
  ].map((file) => join(folder, file));
  if (start !== undefined) writeSafetensors(given, start);
  writeFileAtomic(
    run,
    JSON.stringify({
      ...scale,
      method: name,
      seed,
      options: method.options,
      views: method.views.views,
      rates: each,
      momenta: each.map(() => method.momentum),
      ...(start !== undefined && { given }),
    }),
  );
  const pixels = ({ train, test }: ParityData): [string, SafeTensor][] => [
    ['train', pixelsOf(train)],
    ['test', pixelsOf(test)],
  ];
  writeSafetensors(images, new Map(pixels(data)));
  const { status } = spawnSync(torchPython(), [script, run, images, out], {
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { OMP_WAIT_POLICY: 'PASSIVE', LIGHTLY_DID_VERSION_CHECK: 'True', ...process.env },
  });
  if (status !== 0) throw new Error(`parity: PyTorch's run of ${name} ended with ${status}.`);
  const { tensors } = readSafetensors(out);
  const floats = (what: string): Float32Array => {
    const tensor = tensors.get(what);
    if (tensor === undefined) throw new Error(`parity: PyTorch's run of ${name} gave no ${what}.`);
    return safeTensorFloats(tensor);
  };
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
