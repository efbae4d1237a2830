import { tf, type Tensor4D } from '@fovea/tensorflow';
import { heNormal } from './initialisers.ts';
import type { Layer, Parameters } from './parameters.ts';

/** Sizes of a 2-D convolution. */
export interface ConvolutionOptions {
  readonly inputs: number;
  readonly outputs: number;
  /** Side of the kernel. */
  readonly kernel: number;
  readonly stride?: number;
  /** Zeros added on every side; default floor(kernel / 2), as in torchvision. */
  readonly padding?: number;
}

/**
 * 2-D convolution without bias over NHWC maps; weight `name.weight` [kernel, kernel, inputs, outputs].
 *
 * Padding is the same on every side, as in PyTorch; TensorFlow's "same" differs from it at stride 2.
 */
export function convolution(parameters: Parameters, name: string, options: ConvolutionOptions): Layer {
  const { inputs, outputs, kernel, stride = 1, padding = Math.floor(kernel / 2) } = options;
  const weight = parameters.weight(`${name}.weight`, [kernel, kernel, inputs, outputs], heNormal);
  const border: [number, number] = [padding, padding];
  const isSame = stride === 1 && 2 * padding === kernel - 1; // TensorFlow pads these alike, without a copy
  return (x_NHWC) => {
    const weight_KKIO = weight as unknown as Tensor4D;
    if (isSame) return tf.conv2d(x_NHWC as Tensor4D, weight_KKIO, 1, 'same');
    const padded = padding === 0 ? x_NHWC : tf.pad(x_NHWC, [[0, 0], border, border, [0, 0]]);
    return tf.conv2d(padded as Tensor4D, weight_KKIO, stride, 'valid');
  };
}
