import { readSafetensors } from '@fovea/files';
import { caformerSizeOf, type CaformerOptions } from '../caformer/caformer.ts';
import type { ResNetOptions } from '../resnet/resnet.ts';
import type { VitOptions } from '../vit/vit.ts';
import { trunkOf } from './trunk-of.ts';

/** The network that a file's arrays fit. */
export type NetworkOptions =
  | { readonly kind: 'resnet'; readonly options: ResNetOptions }
  | { readonly kind: 'vit'; readonly options: VitOptions }
  | { readonly kind: 'caformer'; readonly options: CaformerOptions };

const DEPTHS: Readonly<Record<string, 18 | 34 | 50 | 101>> = {
  'basic 2,2,2,2': 18,
  'basic 3,4,6,3': 34,
  'bottleneck 3,4,6,3': 50,
  'bottleneck 3,4,23,3': 101,
};

/**
 * Options of the ResNet, vision transformer or CAFormer that a PyTorch state dict holds, read off names and shapes.
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
  if (trunk.has('stages.0.blocks.0.token_mixer.pwconv1.weight')) {
    return { kind: 'caformer', options: caformerOptions(names, shape) };
  }
  const block = trunk.has('layer1.0.conv3.weight') ? 'bottleneck' : 'basic';
  const stages = [1, 2, 3, 4].map((stage) => count(names, new RegExp(`^layer${stage}\\.(\\d+)\\.`)));
  const depth = DEPTHS[`${block} ${stages.join()}`];
  if (depth === undefined)
    throw new Error(`${where} holds a ResNet of ${stages.join(', ')} ${block} blocks, which is not known.`);
  const [width, , kernel] = shape('conv1.weight');
  return { kind: 'resnet', options: { depth, width, stem: kernel === 7 ? 'imagenet' : 'cifar' } };
}

function caformerOptions(
  names: readonly string[],
  shape: (name: string) => readonly number[],
): CaformerOptions {
  const four = (of: (stage: number) => number): [number, number, number, number] => [
    of(0),
    of(1),
    of(2),
    of(3),
  ];
  const depths = four((stage) => count(names, new RegExp(`^stages\\.${stage}\\.blocks\\.(\\d+)\\.`)));
  const dims = four((stage) => shape(`stages.${stage}.blocks.0.norm1.weight`)[0]);
  const size = caformerSizeOf(depths, dims);
  return {
    ...(size === undefined ? { size: 's18', depths, dims } : { size }),
    stem: shape('stem.conv.weight')[2] === 7 ? 'imagenet' : 'cifar',
    activation: names.some((name) => name.endsWith('.act.scale')) ? 'star-relu' : 'gelu',
    residualScale: names.some((name) => name.includes('.res_scale')),
    layerScale: names.some((name) => name.includes('.layer_scale')) ? 1 : null,
  };
}

/** One more than the largest number that the pattern finds. */
function count(names: readonly string[], pattern: RegExp): number {
  return Math.max(-1, ...names.map((name) => Number(pattern.exec(name)?.[1] ?? -1))) + 1;
}
