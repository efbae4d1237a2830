import { batchNorm, type NormStatistics } from '../layers/batch-norm.ts';
import { convolution } from '../layers/convolution.ts';
import type { Layer, Parameters } from '../layers/parameters.ts';

/** The identity where shapes agree, else a strided 1x1 convolution with batch norm (`downsample.0`, `downsample.1`). */
export function shortcut(
  parameters: Parameters,
  options: {
    readonly inputs: number;
    readonly outputs: number;
    readonly stride: number;
    readonly statistics?: NormStatistics | undefined;
  },
): Layer {
  const { inputs, outputs, stride, statistics } = options;
  if (stride === 1 && inputs === outputs) return (x) => x;
  const conv = convolution(parameters, 'downsample.0', { inputs, outputs, kernel: 1, stride });
  const norm = batchNorm(parameters, 'downsample.1', { channels: outputs, statistics });
  return (x, mode) => norm(conv(x, mode), mode);
}
