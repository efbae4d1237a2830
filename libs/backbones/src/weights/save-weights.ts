import { writeSafetensors, type SafeTensor } from '@fovea/files';
import type { Backbone } from '../backbone.ts';

/** Marks a file whose arrays have this library's names and layouts. */
export const WEIGHTS_FORMAT = 'fovea-weights-1';

/**
 * Writes every variable of a network, trained and not, to one safetensors file: this library's names and layouts (convolutions HWIO, linear
 * weights [in, out]), float32, with the network's name in the metadata.
 *
 * @param path - written whole or not at all
 * @param network - a backbone, or anything else with a name and parameters
 * @param metadata - further texts by name
 * @throws Error when the metadata hold `format` or `network`, which are the file's own
 *
 * @example
 * saveWeights('resnet.safetensors', resNet({ depth: 18, width: 16, stem: 'cifar' }, key(0)));
 */
export function saveWeights(
  path: string,
  network: Pick<Backbone, 'name' | 'parameters'>,
  metadata: Readonly<Record<string, string>> = {},
): void {
  for (const name of ['format', 'network']) {
    if (name in metadata)
      throw new Error(`saveWeights: the metadata "${name}" is the file's own; take another name.`);
  }
  const { weights, statistics } = network.parameters;
  const tensors = new Map<string, SafeTensor>();
  for (const [name, variable] of [...weights, ...statistics]) {
    tensors.set(name, { dtype: 'F32', shape: variable.shape, data: variable.dataSync() as Float32Array });
  }
  writeSafetensors(path, tensors, { ...metadata, format: WEIGHTS_FORMAT, network: network.name });
}
