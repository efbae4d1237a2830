import { readSafetensors, safeTensorFloats, writeSafetensors, type SafeTensor } from '@fovea/files';
import { key } from '@fovea/random';
import { tf, type Variable } from '@fovea/tensorflow';
import { saliencyNetwork, type SaliencyNetwork } from './saliency-network.ts';

/**
 * Writes a network's weights and running statistics as safetensors of half precision, with the architecture's name in the metadata.
 *
 * Every value is rounded to the nearest half (relative error at most 2^-11); values of 65520 and more throw.
 *
 * @param about - further metadata, such as how the weights were made
 * @throws Error for a value that half precision cannot hold
 */
export function saveSaliencyNetwork(
  network: SaliencyNetwork,
  path: string,
  about: Readonly<Record<string, string>> = {},
): void {
  const tensors = new Map<string, SafeTensor>();
  for (const [name, variable] of variablesOf(network)) {
    const data = Uint16Array.from(variable.dataSync(), (value) => halfBits(value, name));
    tensors.set(name, { dtype: 'F16', shape: variable.shape, data });
  }
  writeSafetensors(path, tensors, { ...about, network: network.name });
}

/**
 * A network with the weights of a file that {@link saveSaliencyNetwork} wrote.
 *
 * @throws Error for a file of another network, and for a tensor that lacks, is left over or has another shape
 *
 * @example
 * const network = loadSaliencyNetwork('my-weights.safetensors');
 */
export function loadSaliencyNetwork(path: string): SaliencyNetwork {
  const { tensors, metadata } = readSafetensors(path);
  const network = saliencyNetwork(key(0));
  try {
    if (metadata.network !== network.name) {
      throw new Error(`it holds ${metadata.network ?? 'no named network'}, expected ${network.name}`);
    }
    const variables = variablesOf(network);
    const odd = [...tensors.keys()].find((name) => !variables.has(name));
    if (odd !== undefined) throw new Error(`"${odd}" is no tensor of ${network.name}`);
    for (const [name, variable] of variables) {
      const tensor = tensors.get(name);
      if (!tensor) throw new Error(`"${name}" is missing`);
      if (tensor.shape.join() !== variable.shape.join()) {
        throw new Error(
          `"${name}" has the shape [${tensor.shape.join(', ')}], expected [${variable.shape.join(', ')}]`,
        );
      }
      tf.tidy(() => variable.assign(tf.tensor(safeTensorFloats(tensor), variable.shape)));
    }
  } catch (error) {
    network.parameters.dispose();
    throw new Error(`loadSaliencyNetwork: ${path} cannot be used: ${(error as Error).message}.`, {
      cause: error,
    });
  }
  return network;
}

/** Everything that a network's output depends on, by name. */
function variablesOf({ parameters }: SaliencyNetwork): Map<string, Variable> {
  return new Map([...parameters.weights, ...parameters.statistics]);
}

const single = new Float32Array(1);
const bits = new Uint32Array(single.buffer);

/** The 16 bits of the nearest half, ties to even. */
function halfBits(value: number, name: string): number {
  if (!(Math.abs(value) < 65520)) {
    throw new Error(`saveSaliencyNetwork: "${name}" holds ${value}, which half precision cannot.`);
  }
  single[0] = value;
  const sign = (bits[0] >>> 16) & 0x8000;
  const size = Math.abs(value);
  if (size < 2 ** -14) return sign | roundEven(size * 2 ** 24); // subnormal, or rounded up into the normal range
  const exponent = Math.max(-14, Math.floor(Math.log2(Math.abs(single[0]))));
  const fraction = roundEven((Math.abs(single[0]) / 2 ** exponent - 1) * 1024); // 1024 carries into the exponent
  return sign | (((exponent + 15) << 10) + fraction);
}

function roundEven(value: number): number {
  const low = Math.floor(value);
  const rest = value - low;
  return rest > 0.5 || (rest === 0.5 && low % 2 === 1) ? low + 1 : low;
}
