import { relu } from '@fovea/tensorflow';
import { batchNorm, type NormStatistics } from '../layers/batch-norm.ts';
import { convolution } from '../layers/convolution.ts';
import { maxPool } from '../layers/max-pool.ts';
import type { Layer, Parameters } from '../layers/parameters.ts';

/**
 * - `cifar`: 3x3, stride 1, padding 1, no pooling (32-pixel images): SimCLR's and lightly's.
 * - `cifar-padded`: the same with padding 2, which makes the map 2 pixels larger: solo-learn's.
 * - `imagenet`: 7x7, stride 2, then 3x3 max-pooling, stride 2.
 */
export type StemKind = keyof typeof STEMS;

export const STEMS = {
  cifar: { kernel: 3, stride: 1, padding: 1, pool: false },
  'cifar-padded': { kernel: 3, stride: 1, padding: 2, pool: false },
  imagenet: { kernel: 7, stride: 2, padding: 3, pool: true },
} as const;

/** The first layers of a ResNet: convolution, batch norm and ReLU, and max-pooling for ImageNet's sizes. */
export function stem(
  parameters: Parameters,
  kind: StemKind,
  outputs: number,
  statistics?: NormStatistics,
): Layer {
  const { pool, ...sizes } = STEMS[kind];
  const conv = convolution(parameters, 'conv1', { inputs: 3, outputs, ...sizes });
  const norm = batchNorm(parameters, 'bn1', { channels: outputs, statistics });
  return (x, mode) => {
    const hidden = relu(norm(conv(x, mode), mode));
    return pool ? maxPool(hidden) : hidden;
  };
}
