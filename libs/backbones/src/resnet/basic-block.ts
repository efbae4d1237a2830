import { relu, tf } from '@fovea/tensorflow';
import { batchNorm, type NormStatistics } from '../layers/batch-norm.ts';
import { convolution } from '../layers/convolution.ts';
import type { Layer, Parameters } from '../layers/parameters.ts';
import type { InitialValue } from '../layers/initialisers.ts';
import { shortcut } from './shortcut.ts';

/** Sizes and form of a residual block. */
export interface BlockOptions {
  readonly inputs: number;
  /** Width of the block; a bottleneck's output has four times as many channels. */
  readonly width: number;
  readonly stride: number;
  /** Dilation of the 3x3 convolutions, and of the first of them; default 1. */
  readonly dilation?: number;
  readonly firstDilation?: number;
  /** Statistics of its batch norms; default `synchronised`. */
  readonly statistics?: NormStatistics;
  /** What the last gamma starts as: with zeros the block starts as its shortcut; default ones. */
  readonly lastGamma?: InitialValue;
}

/**
 * Two 3x3 convolutions beside a shortcut: y = relu(bn2(conv2(relu(bn1(conv1 x)))) + shortcut(x)), stride on conv1.
 *
 * Source: He et al. 2016; torchvision's `BasicBlock`, against whose vectors it is tested. Dilation as in timm (torchvision has none here).
 */
export function basicBlock(parameters: Parameters, options: BlockOptions): Layer {
  const { inputs, width, stride, dilation = 1, statistics, lastGamma } = options;
  const { firstDilation = dilation } = options;
  const norm = { channels: width, statistics };
  const first = { inputs, outputs: width, kernel: 3, stride, dilation: firstDilation };
  const conv1 = convolution(parameters, 'conv1', first);
  const bn1 = batchNorm(parameters, 'bn1', norm);
  const conv2 = convolution(parameters, 'conv2', { inputs: width, outputs: width, kernel: 3, dilation });
  const bn2 = batchNorm(parameters, 'bn2', { ...norm, gamma: lastGamma });
  const skip = shortcut(parameters, { inputs, outputs: width, stride, statistics });
  return (x, mode) => {
    const hidden = relu(bn1(conv1(x, mode), mode));
    return relu(tf.add(bn2(conv2(hidden, mode), mode), skip(x, mode)));
  };
}

/** Output channels per unit of width. */
basicBlock.expansion = 1;
