import type { Tensor, Tensor4D } from '@tensorflow/tfjs';
import { checkShape } from '../check-shape.ts';
import { hasNativeOps, nodeBackend, type OpAttribute } from '../backend.ts';
import { tf } from '../tf.ts';
import { executeWith, flag, floatType, nativeKernel } from './native-kernel.ts';

/**
 * Where the samples lie: `half-pixel` maps pixel centres (PyTorch's align_corners=false, OpenCV, Pillow without antialias);
 * `align-corners` maps the centres of the corner pixels onto each other; `asymmetric` maps the upper left corners of pixels.
 */
export type ResizeConvention = 'half-pixel' | 'align-corners' | 'asymmetric';

/** Options of `resizeBilinear`. */
export interface ResizeBilinearOptions {
  /** Default `half-pixel`. */
  readonly convention?: ResizeConvention;
}

/**
 * Bilinear resampling of images without antialiasing.
 *
 *     y[i, j] = bilinear sample of x at (i', j'), edges clamped
 *     half-pixel: i' = (i + 1/2) H/h - 1/2;  align-corners: i' = i (H - 1)/(h - 1);  asymmetric: i' = i H/h
 *
 * @param x_NHWC - float32
 * @param size - [height, width]
 * @throws Error for a rank other than 4, sizes that are none, or an unknown convention
 *
 * Source: TensorFlow's ResizeBilinear and its gradient; `half-pixel` is checked against PyTorch's interpolate.
 *
 * @example
 * resizeBilinear(tf.tensor4d([0, 1], [1, 1, 2, 1]), [1, 4]).dataSync(); // [0, 0.25, 0.75, 1]
 */
export function resizeBilinear(
  x_NHWC: Tensor,
  size: readonly [number, number],
  options: ResizeBilinearOptions = {},
): Tensor4D {
  checkShape(x_NHWC, ['N', 'H', 'W', 'C'], 'resizeBilinear: x_NHWC');
  const { convention = 'half-pixel' } = options;
  if (!['half-pixel', 'align-corners', 'asymmetric'].includes(convention)) {
    throw new Error(
      `resizeBilinear: convention must be half-pixel, align-corners or asymmetric, got "${convention}".`,
    );
  }
  if (!size.every((length) => Number.isInteger(length) && length > 0)) {
    throw new RangeError(`resizeBilinear: size must be two positive integers, got [${size.join(', ')}].`);
  }
  if (!hasNativeOps()) return bySeparableMatrices(x_NHWC, size, convention);
  return forward({ x: x_NHWC }, { size: [...size], convention })[0] as Tensor4D;
}

/** The same as two products with interpolation matrices: tfjs' own kernels have wrong gradients for maps that are not square. */
function bySeparableMatrices(
  x: Tensor,
  [height, width]: readonly [number, number],
  convention: ResizeConvention,
): Tensor4D {
  const [N, H, W, C] = x.shape;
  return tf.tidy(() => {
    const rows = tf.matMul(interpolation(H, height, convention), tf.reshape(x, [N, H, W * C]));
    const both = tf.matMul(interpolation(W, width, convention), tf.reshape(rows, [N * height, W, C]));
    return tf.reshape(both, [N, height, width, C]);
  });
}

/** Weights of `from` samples in each of `to`, as a batch of one: [1, to, from]. */
function interpolation(from: number, to: number, convention: ResizeConvention): Tensor {
  const weights = new Float32Array(to * from);
  for (let i = 0; i < to; i++) {
    const position = {
      'half-pixel': ((i + 0.5) * from) / to - 0.5,
      'align-corners': to > 1 ? (i * (from - 1)) / (to - 1) : 0,
      asymmetric: (i * from) / to,
    }[convention];
    const clamped = Math.min(Math.max(position, 0), from - 1);
    const low = Math.floor(clamped);
    weights[i * from + low] += 1 - (clamped - low);
    weights[i * from + Math.min(low + 1, from - 1)] += clamped - low;
  }
  return tf.tensor(weights, [1, to, from]);
}

interface Attributes {
  readonly size: number[];
  readonly convention: ResizeConvention;
}

const forward: (inputs: { x: Tensor }, attributes: Attributes) => Tensor[] = nativeKernel<'x', Attributes>({
  name: 'FoveaResizeBilinear',
  forward: ({ x }, { size, convention }) => executeWith('ResizeBilinear', attributes(convention), [x, size]),
  gradient: {
    inputsToSave: ['x'],
    outputsToSave: [],
    backward: ([dy], [x], { convention }) => ({
      x: backward({ dy, x }, { size: dy.shape.slice(1, 3), convention })[0],
    }),
  },
});

const backward = nativeKernel<'dy' | 'x', Attributes>({
  name: 'FoveaResizeBilinearGrad',
  forward: ({ dy, x }, { convention }) =>
    nodeBackend().executeSingleOutput('ResizeBilinearGrad', attributes(convention), [dy, x]),
  gradient: {
    inputsToSave: ['x'],
    outputsToSave: [],
    // Linear in dy, and x only lends its shape.
    backward: ([ddx], [x], settings) => ({
      dy: forward({ x: ddx }, settings)[0],
      x: () => tf.zerosLike(x),
    }),
  },
});

function attributes(convention: ResizeConvention): OpAttribute[] {
  return [
    floatType(),
    flag('align_corners', convention === 'align-corners'),
    flag('half_pixel_centers', convention === 'half-pixel'),
  ];
}
