import type { Key } from '@fovea/random';
import { checkShape, tf, type Tensor, type Tensor2D } from '@fovea/tensorflow';
import { Parameters, type Layer, type Mode } from '../layers/parameters.ts';
import type { Backbone } from '../backbone.ts';
import { basicBlock } from './basic-block.ts';
import { bottleneck } from './bottleneck.ts';
import { stem, type StemKind } from './stem.ts';

const ARCHITECTURES = {
  18: { block: basicBlock, depths: [2, 2, 2, 2] },
  34: { block: basicBlock, depths: [3, 4, 6, 3] },
  50: { block: bottleneck, depths: [3, 4, 6, 3] },
  101: { block: bottleneck, depths: [3, 4, 23, 3] },
} as const;

/** What makes a ResNet. */
export interface ResNetOptions {
  readonly depth: keyof typeof ARCHITECTURES;
  /** Channels of the first stage; 64 is the published network. */
  readonly width: number;
  readonly stem: StemKind;
}

/**
 * ResNet-18/34/50/101 without its classifier: images [N, H, W, 3] to pooled features [N, features].
 *
 * `features` is 8 x width (18, 34) or 32 x width (50, 101); variables have torchvision's names.
 *
 * @param options - depth, width and stem
 * @param key - draws the initial weights
 * @throws Error for an unknown depth or stem, or a width that is no positive integer
 *
 * Source: He et al. 2016; torchvision's `resnet18` … `resnet101`. The CIFAR stem is SimCLR's (3x3, stride 1, no pooling).
 *
 * @example
 * const backbone = resNet({ depth: 18, width: 16, stem: 'cifar' }, key(0));
 * backbone.forward(tf.zeros([2, 32, 32, 3]), 'eval').shape; // [2, 128]
 */
export function resNet(options: ResNetOptions, key: Key): Backbone {
  checkOptions(options);
  const { block, depths } = ARCHITECTURES[options.depth];
  const parameters = new Parameters(key);
  const layers: Layer[] = [stem(parameters, options.stem, options.width)];
  let inputs = options.width;
  depths.forEach((depth, stage) => {
    const width = options.width * 2 ** stage;
    for (let index = 0; index < depth; index++) {
      const stride = stage > 0 && index === 0 ? 2 : 1;
      layers.push(block(parameters.within(`layer${stage + 1}.${index}`), { inputs, width, stride }));
      inputs = width * block.expansion;
    }
  });

  const featureMap = (images: Tensor, mode: Mode): Tensor => {
    checkShape(images, ['N', 'H', 'W', 3], 'resNet: images');
    return layers.reduce((x, layer) => layer(x, mode), images);
  };
  return {
    name: `resnet${options.depth}-w${options.width}-${options.stem}`,
    parameters,
    features: inputs,
    featureMap,
    forward: (images, mode) => tf.mean(featureMap(images, mode), [1, 2]) as Tensor2D,
  };
}

function checkOptions({ depth, width, stem: kind }: ResNetOptions): void {
  if (!Object.hasOwn(ARCHITECTURES, depth)) {
    throw new Error(`resNet: depth must be one of ${Object.keys(ARCHITECTURES).join(', ')}, got ${depth}.`);
  }
  if (!Number.isInteger(width) || width < 1) {
    throw new Error(`resNet: width must be a positive integer, got ${width}.`);
  }
  if (!['cifar', 'imagenet'].includes(kind)) {
    throw new Error(`resNet: stem must be 'cifar' or 'imagenet', got '${kind}'.`);
  }
}
