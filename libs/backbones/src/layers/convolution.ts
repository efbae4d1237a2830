import { paddedConv, tf, type Tensor, type Tensor4D } from '@fovea/tensorflow';
import { heNormal } from './initialisers.ts';
import type { Layer, Parameters } from './parameters.ts';

/** Sizes of a 2-D convolution. */
export interface ConvolutionOptions {
  readonly inputs: number;
  readonly outputs: number;
  /** Side of the kernel. */
  readonly kernel: number;
  readonly stride?: number;
  /** Distance between the taps of the kernel, in pixels; default 1. With more, the stride is 1. */
  readonly dilation?: number;
  /** Zeros added on every side; default dilation x floor(kernel / 2), as in torchvision. */
  readonly padding?: number;
}

/**
 * 2-D convolution without bias over NHWC maps; weight `name.weight` [kernel, kernel, inputs, outputs].
 *
 * Padding is the same on every side, as in PyTorch; TensorFlow's "same" differs from it at stride 2. A dilated convolution is a plain one
 * over each of the dilation^2 interleaved maps, whose gradient exists.
 *
 * @throws Error when both stride and dilation are above 1
 */
export function convolution(parameters: Parameters, name: string, options: ConvolutionOptions): Layer {
  const { inputs, outputs, kernel, stride = 1, dilation = 1 } = options;
  const { padding = dilation * Math.floor(kernel / 2) } = options;
  if (stride > 1 && dilation > 1) {
    throw new Error(`convolution: stride must be 1 with a dilation of ${dilation}, got ${stride}.`);
  }
  const weight = parameters.weight(`${name}.weight`, [kernel, kernel, inputs, outputs], heNormal);
  const isSame = stride === 1 && dilation === 1 && 2 * padding === kernel - 1; // TensorFlow pads these alike, without a copy
  return (x_NHWC) => {
    const weight_KKIO = weight as unknown as Tensor4D;
    if (isSame) return tf.conv2d(x_NHWC as Tensor4D, weight_KKIO, 1, 'same');
    if (dilation > 1) return dilated(x_NHWC, weight_KKIO, dilation, padding);
    return paddedConv(x_NHWC, weight_KKIO, { stride, padding });
  };
}

function dilated(x_NHWC: Tensor, weight_KKIO: Tensor4D, dilation: number, padding: number): Tensor {
  const [, height, width] = x_NHWC.shape;
  const extra = [height, width].map((size) => (dilation - ((size + 2 * padding) % dilation)) % dilation);
  const paddings = extra.map((end) => [padding, padding + end]);
  const phases = tf.spaceToBatchND(x_NHWC, [dilation, dilation], paddings);
  const y = tf.conv2d(phases as Tensor4D, weight_KKIO, 1, 'valid');
  return tf.batchToSpaceND(
    y,
    [dilation, dilation],
    extra.map((end) => [0, end]),
  );
}
