import type { Tensor } from '@tensorflow/tfjs';
import { hasNativeOps, nodeBackend } from '../backend.ts';
import { tf } from '../tf.ts';
import { flag, floatType, nativeKernel } from './native-kernel.ts';

/**
 * The k largest entries of each row, largest first, with gradient to where they came from.
 *
 * @param x - float32 [..., D]
 * @param k - in [1, D]
 * @returns values [..., k] and int32 indices [..., k]; of equal entries the first comes first
 * @throws RangeError for another k
 *
 * @example
 * topK(tf.tensor1d([1, 3, 2]), 2).values.arraySync(); // [3, 2]
 */
export function topK(x: Tensor, k: number): { values: Tensor; indices: Tensor } {
  const size = x.shape[x.rank - 1];
  if (!Number.isInteger(k) || k < 1 || k > size) {
    throw new RangeError(`topK: k must be an integer in [1, ${size}], got ${k}.`);
  }
  if (hasNativeOps()) {
    const [values, indices] = forward({ x }, { k });
    return { values, indices };
  }
  const values = tf.customGrad((input, save) => {
    (save as (tensors: Tensor[]) => void)([input as Tensor]);
    return {
      value: tf.topk(input as Tensor, k).values,
      gradFunc: (dy: Tensor, saved) => scatter(dy, tf.topk((saved as Tensor[])[0], k).indices, x.shape),
    };
  });
  return { values: values(x), indices: tf.topk(x, k).indices };
}

const forward = nativeKernel<'x', { readonly k: number }>({
  name: 'FoveaTopK',
  forward: ({ x }, { k }) => {
    const count = tf.scalar(k, 'int32');
    const outputs = nodeBackend().executeMultipleOutputs(
      'TopKV2',
      [floatType(), flag('sorted', true)],
      [x, count],
      2,
    );
    count.dispose();
    return outputs;
  },
  gradient: {
    inputsToSave: ['x'],
    outputsToSave: [false, true],
    backward: ([dy], [x, indices]) => ({ x: scatter(dy, indices, x.shape) }),
  },
});

/** Zeros but for `values` at their indices along the last axis. */
function scatter(values: Tensor, indices: Tensor, shape: number[]): Tensor {
  const size = shape[shape.length - 1];
  const total = shape.reduce((product, length) => product * length, 1);
  const rows = total / size;
  const starts = tf.expandDims(tf.mul(tf.range(0, rows, 1, 'int32'), tf.scalar(size, 'int32')), 1);
  const flat = tf.reshape(tf.add(tf.reshape(indices, [rows, -1]), starts), [-1]).as1D();
  return tf.reshape(tf.unsortedSegmentSum(tf.reshape(values, [-1]), flat, total), shape);
}
