import { relu, tf } from '@fovea/tensorflow';
import { batchNorm } from '../layers/batch-norm.ts';
import { convolution } from '../layers/convolution.ts';
import type { Layer, Parameters } from '../layers/parameters.ts';
import type { BlockOptions } from './basic-block.ts';
import { shortcut } from './shortcut.ts';

/**
 * 1x1, 3x3 and 1x1 convolutions beside a shortcut; four times `width` channels leave it, and the stride is on the 3x3 (v1.5).
 *
 * Source: He et al. 2016; torchvision's `Bottleneck`, against whose vectors it is tested.
 */
export function bottleneck(parameters: Parameters, options: BlockOptions): Layer {
  const { inputs, width, stride, dilation = 1, statistics, lastGamma } = options;
  const { firstDilation = dilation } = options;
  const outputs = bottleneck.expansion * width;
  const norm = { channels: width, statistics };
  const middle = { inputs: width, outputs: width, kernel: 3, stride, dilation: firstDilation };
  const conv1 = convolution(parameters, 'conv1', { inputs, outputs: width, kernel: 1 });
  const bn1 = batchNorm(parameters, 'bn1', norm);
  const conv2 = convolution(parameters, 'conv2', middle);
  const bn2 = batchNorm(parameters, 'bn2', norm);
  const conv3 = convolution(parameters, 'conv3', { inputs: width, outputs, kernel: 1 });
  const bn3 = batchNorm(parameters, 'bn3', { channels: outputs, statistics, gamma: lastGamma });
  const skip = shortcut(parameters, { inputs, outputs, stride, statistics });
  return (x, mode) => {
    const narrow = relu(bn1(conv1(x, mode), mode));
    const hidden = relu(bn2(conv2(narrow, mode), mode));
    return relu(tf.add(bn3(conv3(hidden, mode), mode), skip(x, mode)));
  };
}

/** Output channels per unit of width. */
bottleneck.expansion = 4;
