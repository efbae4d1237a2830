import type { SafeTensor } from '@fovea/files';

/** One array that every network of a family has, and by which its prefix is found. */
const LANDMARKS = [
  'layer1.0.conv1.weight',
  'blocks.0.attn.qkv.weight',
  'stages.0.blocks.0.token_mixer.pwconv1.weight',
  '4.0.conv1.weight',
];

/** Momentum copies of a network that stands beside them. */
const COPIES = /(^|\.)(encoder_k|momentum_\w+|target_\w+|\w+_momentum|\w+_ema|ema)\./;

/** What follows a trunk, or counts batches; the norm in CAFormer's head belongs to its features. */
const HEADS =
  /^(fc|head(?!\.norm\.)|heads|head_dist|projector|projection_head|predictor|prediction_head|prototypes|classifier|mask_token|masked_embed)(\.|$)|num_batches_tracked$/;

/** Children of a torchvision ResNet by their number in an `nn.Sequential`. */
const CHILDREN: Readonly<Record<string, string>> = {
  0: 'conv1',
  1: 'bn1',
  4: 'layer1',
  5: 'layer2',
  6: 'layer3',
  7: 'layer4',
};

/** The network of a state dict, under its own names. */
export interface Trunk {
  readonly prefix: string;
  readonly trunk: ReadonlyMap<string, SafeTensor>;
  /** Full names of all other arrays. */
  readonly ignored: readonly string[];
}

/**
 * Finds the ResNet, vision transformer or CAFormer in a PyTorch state dict and strips what stands before its names.
 *
 * @param where - starts the messages
 * @param wanted - the prefix, where there are several networks
 * @throws Error when there is none, or several without a `wanted` one, naming the prefixes
 */
export function trunkOf(tensors: ReadonlyMap<string, SafeTensor>, where: string, wanted?: string): Trunk {
  const names = [...tensors.keys()];
  const found = names.flatMap((name) => {
    const landmark = LANDMARKS.find((end) => name === end || name.endsWith(`.${end}`));
    return landmark === undefined ? [] : [name.slice(0, name.length - landmark.length)];
  });
  const originals = found.filter((prefix) => !COPIES.test(prefix));
  const candidates = wanted === undefined ? (originals.length > 0 ? originals : found) : [wanted];
  if (found.length === 0 || !found.includes(candidates[0])) {
    const there = found.length > 0 ? `; there are ${found.map((name) => `'${name}'`).join(', ')}` : '';
    const what =
      wanted === undefined ? 'no ResNet, vision transformer or CAFormer' : `no network under '${wanted}'`;
    throw new Error(`${where} holds ${what} by torchvision's or timm's names${there}.`);
  }
  if (candidates.length > 1) {
    throw new Error(
      `${where} holds several networks: name one of ${candidates.map((name) => `'${name}'`).join(', ')} with the option prefix.`,
    );
  }
  const [prefix] = candidates;
  const isSequential = tensors.has(`${prefix}4.0.conv1.weight`);
  const trunk = new Map<string, SafeTensor>();
  const ignored: string[] = [];
  for (const [name, tensor] of tensors) {
    const inside = name.startsWith(prefix) ? name.slice(prefix.length) : undefined;
    if (inside === undefined || HEADS.test(inside)) ignored.push(name);
    else trunk.set(isSequential ? childName(inside) : inside, tensor);
  }
  return { prefix, trunk, ignored };
}

function childName(name: string): string {
  const [child, ...rest] = name.split('.');
  return [CHILDREN[child] ?? child, ...rest].join('.');
}
