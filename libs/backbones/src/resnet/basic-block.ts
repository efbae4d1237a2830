import { relu, tf } from '@fovea/tensorflow';
import { batchNorm } from '../layers/batch-norm.ts';
import { convolution } from '../layers/convolution.ts';
import type { Layer, Parameters } from '../layers/parameters.ts';
import { shortcut } from './shortcut.ts';

/** Sizes of a residual block. */
export interface BlockOptions {
  readonly inputs: number;
  /** Width of the block; a bottleneck's output has four times as many channels. */
  readonly width: number;
  readonly stride: number;
}

/**
 * Two 3x3 convolutions beside a shortcut: y = relu(bn2(conv2(relu(bn1(conv1 x)))) + shortcut(x)), stride on conv1.
 *
 * Source: He et al. 2016; torchvision's `BasicBlock`, against whose vectors it is tested.
 */
export function basicBlock(parameters: Parameters, options: BlockOptions): Layer {
  const { inputs, width, stride } = options;
  const conv1 = convolution(parameters, 'conv1', { inputs, outputs: width, kernel: 3, stride });
  const bn1 = batchNorm(parameters, 'bn1', { channels: width });
  const conv2 = convolution(parameters, 'conv2', { inputs: width, outputs: width, kernel: 3 });
  const bn2 = batchNorm(parameters, 'bn2', { channels: width });
  const skip = shortcut(parameters, { inputs, outputs: width, stride });
  return (x, mode) => {
    const hidden = relu(bn1(conv1(x, mode), mode));
    return relu(tf.add(bn2(conv2(hidden, mode), mode), skip(x, mode)));
  };
}

/** Output channels per unit of width. */
basicBlock.expansion = 1;
