import { relu } from '@fovea/tensorflow';
import { batchNorm } from '../layers/batch-norm.ts';
import { convolution } from '../layers/convolution.ts';
import { maxPool } from '../layers/max-pool.ts';
import type { Layer, Parameters } from '../layers/parameters.ts';

/** `cifar`: 3x3, stride 1, padding 1, no pooling (32-pixel images). `imagenet`: 7x7, stride 2, then 3x3 max-pooling, stride 2. */
export type StemKind = 'cifar' | 'imagenet';

/** The first layers of a ResNet: convolution, batch norm and ReLU, and max-pooling for ImageNet's sizes. */
export function stem(parameters: Parameters, kind: StemKind, outputs: number): Layer {
  const isImageNet = kind === 'imagenet';
  const sizes = isImageNet ? { kernel: 7, stride: 2 } : { kernel: 3, stride: 1 };
  const conv = convolution(parameters, 'conv1', { inputs: 3, outputs, ...sizes });
  const norm = batchNorm(parameters, 'bn1', { channels: outputs });
  return (x, mode) => {
    const hidden = relu(norm(conv(x, mode), mode));
    return isImageNet ? maxPool(hidden) : hidden;
  };
}
