import { readSafetensors } from '@fovea/files';
import type { ResNetOptions } from '../resnet/resnet.ts';
import type { VitOptions } from '../vit/vit.ts';
import { trunkOf } from './trunk-of.ts';

/** The network that a file's arrays fit. */
export type NetworkOptions =
  | { readonly kind: 'resnet'; readonly options: ResNetOptions }
  | { readonly kind: 'vit'; readonly options: VitOptions };

const DEPTHS: Readonly<Record<string, 18 | 34 | 50 | 101>> = {
  'basic 2,2,2,2': 18,
  'basic 3,4,6,3': 34,
  'bottleneck 3,4,6,3': 50,
  'bottleneck 3,4,23,3': 101,
};

/**
 * Options of the ResNet or vision transformer that a PyTorch state dict holds, read off names and shapes.
 *
 * What shapes do not tell is assumed: padding 1 in a 3x3 stem, one head for every 64 channels of a transformer (12 for ViT-S of MoCo v3 and BAM must
 * be said), learnt positions where the file has any.
 *
 * @throws Error when the blocks are those of no network of this library
 */
export function networkOf(path: string, prefix?: string): NetworkOptions {
  const where = `networkOf: ${path}`;
  const { trunk } = trunkOf(readSafetensors(path).tensors, where, prefix);
  const names = [...trunk.keys()];
  const shape = (name: string): readonly number[] => trunk.get(name)?.shape ?? [];
  if (trunk.has('cls_token')) {
    const dim = shape('cls_token')[2];
    const depth = count(names, /^blocks\.(\d+)\./);
    const size = ({ 192: 'tiny', 384: 'small', 768: 'base' } as const)[dim];
    if (size === undefined)
      throw new Error(`${where} holds a transformer of width ${dim}; 192, 384 and 768 are known.`);
    const patch = shape('patch_embed.proj.weight')[2];
    const tokens = shape('pos_embed')[1];
    const positions = tokens === undefined ? ('sin-cos' as const) : { learned: Math.sqrt(tokens - 1) };
    return { kind: 'vit', options: { size, patch, depth, positions, frozenPatches: false } };
  }
  const block = trunk.has('layer1.0.conv3.weight') ? 'bottleneck' : 'basic';
  const stages = [1, 2, 3, 4].map((stage) => count(names, new RegExp(`^layer${stage}\\.(\\d+)\\.`)));
  const depth = DEPTHS[`${block} ${stages.join()}`];
  if (depth === undefined)
    throw new Error(`${where} holds a ResNet of ${stages.join(', ')} ${block} blocks, which is not known.`);
  const [width, , kernel] = shape('conv1.weight');
  return { kind: 'resnet', options: { depth, width, stem: kernel === 7 ? 'imagenet' : 'cifar' } };
}

/** One more than the largest number that the pattern finds. */
function count(names: readonly string[], pattern: RegExp): number {
  return Math.max(-1, ...names.map((name) => Number(pattern.exec(name)?.[1] ?? -1))) + 1;
}
