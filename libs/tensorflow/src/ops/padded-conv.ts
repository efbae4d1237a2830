import type { Tensor, Tensor4D } from '@tensorflow/tfjs';
import { hasNativeOps, nodeBackend, type OpAttribute } from '../backend.ts';
import { checkShape } from '../check-shape.ts';
import { tf } from '../tf.ts';
import { executeWith, floatType, nativeKernel, text } from './native-kernel.ts';
import { subsample } from './subsample.ts';

/** How a convolution moves over the map. */
export interface PaddedConvOptions {
  /** Default 1. */
  readonly stride?: number;
  /** Zeros added on every side, >= 0; default floor(kernel height / 2), as in torchvision. */
  readonly padding?: number;
}

/**
 * 2-D convolution with the same zeros on every side, in one op: no padded copy of the map, at any stride.
 *
 *     y[n, i, j, o] = sum over a, b, c of x[n, s i + a - p, s j + b - p, c] w[a, b, c, o]
 *
 * Gradients of gradients are defined. TensorFlow's "same" pads unevenly at stride 2, and so differs from PyTorch; this does not.
 *
 * @param x_NHWC - float32 maps
 * @param w_KKIO - [kernel height, kernel width, C, outputs]
 * @throws RangeError for a stride or padding that is none; Error for other shapes
 *
 * @example
 * paddedConv(tf.ones([1, 4, 4, 2]), tf.ones([3, 3, 2, 5]), { stride: 2 }).shape; // [1, 2, 2, 5]
 */
export function paddedConv(x_NHWC: Tensor, w_KKIO: Tensor, options: PaddedConvOptions = {}): Tensor4D {
  const { C } = checkShape(x_NHWC, ['N', 'H', 'W', 'C'], 'paddedConv: x_NHWC');
  checkShape(w_KKIO, ['K', 'L', C, 'O'], 'paddedConv: w_KKIO');
  const { stride, padding } = resolve('paddedConv', w_KKIO, options);
  const isStridedPoint = w_KKIO.shape[0] === 1 && w_KKIO.shape[1] === 1 && padding === 0 && stride > 1;
  if (isStridedPoint) return paddedConv(subsample(x_NHWC, stride), w_KKIO);
  if (!hasNativeOps()) {
    return tf.conv2d(x_NHWC as Tensor4D, w_KKIO as Tensor4D, stride, padding === 0 ? 'valid' : padding);
  }
  return full({ x: x_NHWC, w: w_KKIO }, { stride, padding }) as Tensor4D;
}

/**
 * Depthwise 2-D convolution: every channel has filters of its own; else as `paddedConv`.
 *
 *     y[n, i, j, c m + q] = sum over a, b of x[n, s i + a - p, s j + b - p, c] w[a, b, c, q],   m = multiplier
 *
 * @param w_KKCM - [kernel height, kernel width, C, multiplier]
 * @throws RangeError for a stride or padding that is none; Error for other shapes
 *
 * @example
 * depthwiseConv(tf.ones([1, 4, 4, 2]), tf.ones([3, 3, 2, 1])).shape; // [1, 4, 4, 2]
 */
export function depthwiseConv(x_NHWC: Tensor, w_KKCM: Tensor, options: PaddedConvOptions = {}): Tensor4D {
  const { C } = checkShape(x_NHWC, ['N', 'H', 'W', 'C'], 'depthwiseConv: x_NHWC');
  checkShape(w_KKCM, ['K', 'L', C, 'M'], 'depthwiseConv: w_KKCM');
  const { stride, padding } = resolve('depthwiseConv', w_KKCM, options);
  if (!hasNativeOps()) {
    const pad = padding === 0 ? 'valid' : padding;
    return tf.depthwiseConv2d(x_NHWC as Tensor4D, w_KKCM as Tensor4D, stride, pad);
  }
  return depthwise({ x: x_NHWC, w: w_KKCM }, { stride, padding }) as Tensor4D;
}

function resolve(where: string, w: Tensor, options: PaddedConvOptions): Required<PaddedConvOptions> {
  const { stride = 1, padding = Math.floor(w.shape[0] / 2), ...unknown } = options;
  if (Object.keys(unknown).length > 0)
    throw new Error(`${where}: no option "${Object.keys(unknown).join('", "')}".`);
  if (!Number.isInteger(stride) || stride < 1) {
    throw new RangeError(`${where}: stride must be a positive integer, got ${stride}.`);
  }
  if (!Number.isInteger(padding) || padding < 0) {
    throw new RangeError(`${where}: padding must be an integer >= 0, got ${padding}.`);
  }
  return { stride, padding };
}

interface Sizes {
  readonly stride: number;
  readonly padding: number;
}

type Shaped = Sizes & { readonly shape: readonly number[] };
type Convolution = (inputs: { x: Tensor; w: Tensor }, sizes: Sizes) => Tensor;

const full = convolution('FoveaConv', 'Conv2D', 'Conv2DBackpropInput', 'Conv2DBackpropFilter');
const depthwise = convolution(
  'FoveaDepthwiseConv',
  'DepthwiseConv2dNative',
  'DepthwiseConv2dNativeBackpropInput',
  'DepthwiseConv2dNativeBackpropFilter',
);

/**
 * A convolution with its two gradients. It is linear in map and filter, so each of the three has the other two as its gradients.
 *
 * The gradients are those of the convolution without padding over a padded map: libtensorflow's fast kernels (oneDNN) have gradients with
 * padding of their own choice ("SAME") or none, and the plain ones for any other are up to ten times slower.
 */
function convolution(name: string, forwardOp: string, inputOp: string, filterOp: string): Convolution {
  const forward = nativeKernel<'x' | 'w', Sizes>({
    name,
    forward: ({ x, w }, sizes) =>
      nodeBackend().executeSingleOutput(forwardOp, attributesOf(sizes, w), [x, w]),
    gradient: {
      inputsToSave: ['x', 'w'],
      outputsToSave: [],
      backward: ([dy], [x, w], { stride, padding }) => {
        const own = isSame(stride, padding, w.shape) ? padding : 0; // what the gradients' ops pad themselves
        const more = padding - own;
        const [N, H, W, C] = x.shape;
        const shape = [N, H + 2 * more, W + 2 * more, C];
        return {
          x: () => cut(ofInput({ dy, w }, { stride, padding: own, shape })[0], more),
          w: () => ofFilter({ x: padded(x, more), dy }, { stride, padding: own, shape: w.shape })[0],
        };
      },
    },
  });
  const ofInput: (inputs: { dy: Tensor; w: Tensor }, shaped: Shaped) => Tensor[] = nativeKernel<
    'dy' | 'w',
    Shaped
  >({
    name: `${name}GradInput`,
    forward: ({ dy, w }, { shape, ...sizes }) => executeWith(inputOp, attributesOf(sizes, w), [shape, w, dy]),
    gradient: {
      inputsToSave: ['dy', 'w'],
      outputsToSave: [],
      backward: ([ddx], [dy, w], { stride, padding }) => ({
        dy: () => forward({ x: ddx, w }, { stride, padding })[0],
        w: () => ofFilter({ x: ddx, dy }, { stride, padding, shape: w.shape })[0],
      }),
    },
  });
  const ofFilter: (inputs: { x: Tensor; dy: Tensor }, shaped: Shaped) => Tensor[] = nativeKernel<
    'x' | 'dy',
    Shaped
  >({
    name: `${name}GradFilter`,
    forward: ({ x, dy }, { shape, ...sizes }) =>
      executeWith(filterOp, attributesOf(sizes, { shape }), [x, shape, dy]),
    gradient: {
      inputsToSave: ['x', 'dy'],
      outputsToSave: [],
      backward: ([ddw], [x, dy], { stride, padding }) => ({
        x: () => ofInput({ dy, w: ddw }, { stride, padding, shape: x.shape })[0],
        dy: () => forward({ x, w: ddw }, { stride, padding })[0],
      }),
    },
  });
  return (inputs, sizes) => forward(inputs, sizes)[0];
}

/** Whether TensorFlow's "SAME" pads every side alike by so much. */
function isSame(stride: number, padding: number, [height, width]: readonly number[]): boolean {
  return stride === 1 && height === width && 2 * padding === height - 1;
}

function padded(x_NHWC: Tensor, by: number): Tensor {
  return by === 0
    ? x_NHWC
    : tf.pad(
        x_NHWC,
        [0, by, by, 0].map((zeros): [number, number] => [zeros, zeros]),
      );
}

function cut(x_NHWC: Tensor, by: number): Tensor {
  const [N, H, W, C] = x_NHWC.shape;
  return by === 0 ? x_NHWC : tf.slice(x_NHWC, [0, by, by, 0], [N, H - 2 * by, W - 2 * by, C]);
}

function attributesOf(
  { stride, padding }: Sizes,
  { shape }: { readonly shape: readonly number[] },
): OpAttribute[] {
  const { TF_ATTR_INT } = nodeBackend().binding;
  const integers = (name: string, value: number[]): OpAttribute => ({ name, type: TF_ATTR_INT, value });
  const mode = padding === 0 ? 'VALID' : isSame(stride, padding, shape) ? 'SAME' : 'EXPLICIT';
  return [
    floatType(),
    integers('strides', [1, stride, stride, 1]),
    text('padding', mode),
    ...(mode === 'EXPLICIT'
      ? [integers('explicit_paddings', [0, 0, padding, padding, padding, padding, 0, 0])]
      : []),
    text('data_format', 'NHWC'),
    integers('dilations', [1, 1, 1, 1]),
  ];
}
