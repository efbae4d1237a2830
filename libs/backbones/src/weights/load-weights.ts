import { readSafetensors, safeTensorFloats, type SafeTensor } from '@fovea/files';
import { tf, type Variable } from '@fovea/tensorflow';
import type { Backbone } from '../backbone.ts';
import { checkOptions } from '../check-options.ts';
import { fromTorch } from './from-torch.ts';
import { WEIGHTS_FORMAT } from './save-weights.ts';
import { trunkOf } from './trunk-of.ts';

/** How to read weights. */
export interface LoadWeightsOptions {
  /** What stands before the network's names in a PyTorch state dict, `module.encoder_q.`; default: found by itself. */
  readonly prefix?: string;
  /** Loads what fits by name and returns the rest, instead of throwing; default false. */
  readonly partial?: boolean;
}

/** What became of a file's arrays. */
export interface LoadedWeights {
  /** The network's name in the file, where the file is this library's own. */
  readonly network: string | null;
  /** What stood before the network's names. */
  readonly prefix: string;
  /** Variables that the file lacks. */
  readonly missing: readonly string[];
  /** Arrays of the network in the file that this network lacks. */
  readonly unexpected: readonly string[];
  /** Arrays that belong to no trunk: classifiers, projectors, momentum copies, queues, counters of batches. */
  readonly ignored: readonly string[];
}

/**
 * Fills a network's variables from a safetensors file: one of `saveWeights`, or a PyTorch state dict with the names of torchvision's ResNets or
 * timm's vision transformers.
 *
 * Of a state dict it turns convolutions from OIHW to HWIO and linear weights from [out, in] to [in, out], takes batch norm's
 * statistics, and finds the trunk behind prefixes such as `module.`, `backbone.` or `encoder_q.`; 16-bit floats are widened. A momentum copy
 * (`encoder_k.`, `momentum_…`) beside the network is not taken. Lightly's `nn.Sequential` numbering of a ResNet's children is understood.
 * Nothing is assigned unless everything fits.
 *
 * @throws Error naming missing and unexpected arrays, and, with `partial` too, arrays of another shape, files without such a network, and
 * files with several among which `prefix` must choose
 *
 * @example
 * loadWeights('resnet50-moco.safetensors', resNet({ depth: 50, width: 64, stem: 'imagenet' }, key(0)));
 */
export function loadWeights(
  path: string,
  network: Pick<Backbone, 'name' | 'parameters'>,
  options: LoadWeightsOptions = {},
): LoadedWeights {
  checkOptions('loadWeights', options, ['prefix', 'partial']);
  const { tensors, metadata } = readSafetensors(path);
  const { weights, statistics } = network.parameters;
  const variables = new Map([...weights, ...statistics]);
  const isOurs = metadata.format === WEIGHTS_FORMAT;
  const { prefix, trunk, ignored } = isOurs
    ? { prefix: '', trunk: tensors, ignored: [] }
    : trunkOf(tensors, `loadWeights: ${path}`, options.prefix);

  const missing = [...variables.keys()].filter((name) => !trunk.has(name));
  const { unexpected, skipped } = surplus(trunk, variables);
  if (!options.partial && missing.length + unexpected.length > 0) {
    throw new Error(
      `loadWeights: ${path} does not fit ${network.name}:${listed(' missing', missing)}${listed(' unexpected', unexpected)}` +
        ' Give a network of the same form, or the option partial: true.',
    );
  }
  const values = [...variables].flatMap(([name, variable]) => {
    const tensor = trunk.get(name);
    return tensor ? [{ variable, data: valueOf(tensor, name, variable, isOurs, path) }] : [];
  });
  for (const { variable, data } of values) {
    const value = tf.tensor(data, variable.shape);
    variable.assign(value);
    value.dispose();
  }
  return {
    network: isOurs ? metadata.network : null,
    prefix,
    missing,
    unexpected,
    ignored: [...ignored, ...skipped],
  };
}

/** Arrays that no variable takes; fixed sine-cosine positions are none of them, since the network computes its own. */
function surplus(
  trunk: ReadonlyMap<string, SafeTensor>,
  variables: ReadonlyMap<string, Variable>,
): { unexpected: string[]; skipped: string[] } {
  const left = [...trunk.keys()].filter((name) => !variables.has(name));
  const isFixed = (name: string): boolean => {
    const tensor = trunk.get(name);
    return name === 'pos_embed' && tensor !== undefined && isSinCos(tensor);
  };
  return { unexpected: left.filter((name) => !isFixed(name)), skipped: left.filter(isFixed) };
}

/** Whether positions are fixed ones: each sine beside its cosine has length 1, and the class token's are zero. */
function isSinCos(tensor: SafeTensor): boolean {
  const dim = tensor.shape[tensor.shape.length - 1];
  const values = safeTensorFloats(tensor);
  const quarter = dim / 4;
  for (let start = dim; start < values.length; start += dim) {
    for (let k = 0; k < dim; k++) {
      const pair = (Math.floor(k / quarter) % 2 === 0 ? 1 : -1) * quarter;
      if (Math.abs(values[start + k] ** 2 + values[start + k + pair] ** 2 - 1) > 1e-3) return false;
    }
  }
  return values.subarray(0, dim).every((value) => value === 0);
}

function valueOf(
  tensor: SafeTensor,
  name: string,
  { shape }: Variable,
  isOurs: boolean,
  path: string,
): Float32Array {
  const found = isOurs ? { data: safeTensorFloats(tensor), shape: tensor.shape } : fromTorch(tensor, name);
  if (found.shape.join() !== shape.join()) {
    throw new Error(
      `loadWeights: ${path} has "${name}" of shape [${found.shape.join(', ')}]; this network needs [${shape.join(', ')}].`,
    );
  }
  return found.data;
}

const MOST_NAMES = 8; // in a message

function listed(what: string, names: readonly string[]): string {
  if (names.length === 0) return '';
  const more = names.length > MOST_NAMES ? ` and ${names.length - MOST_NAMES} more` : '';
  return `${what} ${names.slice(0, MOST_NAMES).join(', ')}${more};`;
}
