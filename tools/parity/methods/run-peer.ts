import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readSafetensors, writeFileAtomic, writeSafetensors, type SafeTensor } from '@fovea/files';
import { torchPython } from '../peers/environment.ts';
import type { ParityMethod, SCALE } from './recipes.ts';

const script = fileURLToPath(new URL('train_peer.py', import.meta.url));

/** What `train_peer.py` is to do. */
export interface PeerRun {
  readonly name: string;
  readonly method: ParityMethod;
  readonly scale: Omit<typeof SCALE, 'batch'> & { readonly batch: number };
  readonly seed: number;
  /** Learning rate of each step. */
  readonly rates: readonly number[];
  /** Images `train` and `test`, bytes [images, height, width, 3]. */
  readonly images: ReadonlyMap<string, SafeTensor>;
  /** First weights `initial.*`, and the views `views.N` of step N; without, PyTorch draws its own. */
  readonly given?: ReadonlyMap<string, SafeTensor>;
  /** In double precision. */
  readonly exact?: boolean;
  /** Without lines of progress. */
  readonly quiet?: boolean;
}

/**
 * Gives what PyTorch's run left, by its name.
 *
 * @throws Error where there is none
 */
export type PeerTensors = (name: string) => SafeTensor;

/**
 * Trains a method with PyTorch and lightly in a process of its own.
 *
 * @param folder - holds what the two exchange
 * @throws Error when that process fails
 */
export function runPeer(peer: PeerRun, folder: string): PeerTensors {
  const { name, method, scale, seed, rates, images, given, exact = false, quiet = false } = peer;
  const [run, data, start, out] = [
    'run.json',
    'images.safetensors',
    'given.safetensors',
    'out.safetensors',
  ].map((file) => join(folder, file));
  writeSafetensors(data, images);
  if (given !== undefined) writeSafetensors(start, given);
  writeFileAtomic(
    run,
    JSON.stringify({
      ...scale,
      method: name,
      seed,
      options: method.options,
      views: method.views.views,
      rates,
      momenta: rates.map(() => method.momentum),
      ...(given !== undefined && { given: start }),
      ...(exact && { double: true }),
    }),
  );
  const { status } = spawnSync(torchPython(), ['-W', 'ignore', script, run, data, out], {
    stdio: ['ignore', quiet ? 'ignore' : 'inherit', 'inherit'],
    env: { OMP_WAIT_POLICY: 'PASSIVE', LIGHTLY_DID_VERSION_CHECK: 'True', ...process.env },
  });
  if (status !== 0) throw new Error(`parity: PyTorch's run of ${name} ended with ${status}.`);
  const { tensors } = readSafetensors(out);
  return (what) => {
    const tensor = tensors.get(what);
    if (tensor === undefined) throw new Error(`parity: PyTorch's run of ${name} gave no ${what}.`);
    return tensor;
  };
}
