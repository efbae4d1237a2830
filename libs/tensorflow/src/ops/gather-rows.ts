import type { Tensor } from '@tensorflow/tfjs';
import { hasNativeOps, nodeBackend } from '../backend.ts';
import { tf } from '../tf.ts';
import { floatType, intType, nativeKernel } from './native-kernel.ts';

/**
 * Rows of a table: y[..., :] = table[indices[...], :], with gradient to the table (rows taken twice add up).
 *
 * `tf.gather` first copies its indices to JavaScript to check them, which stops the pipeline; this does not, libtensorflow checks.
 *
 * @param table - float32 [R, ...]
 * @param indices - int32, any shape, in [0, R)
 * @returns indices.shape followed by the shape of a row
 * @throws Error for indices that are not int32; libtensorflow's message for one out of range
 *
 * @example
 * gatherRows(tf.tensor2d([[1], [2]]), tf.tensor1d([1, 0, 1], 'int32')).arraySync(); // [[2], [1], [2]]
 */
export function gatherRows(table: Tensor, indices: Tensor): Tensor {
  if (indices.dtype !== 'int32') {
    throw new Error(`gatherRows: indices must be int32, got ${indices.dtype}; cast them.`);
  }
  if (!hasNativeOps()) return tf.gather(table, indices as ReturnType<typeof tf.tensor1d>);
  return forward({ table, indices }, {})[0];
}

const forward = nativeKernel<'table' | 'indices', object>({
  name: 'FoveaGatherRows',
  forward: ({ table, indices }) => {
    const axis = tf.scalar(0, 'int32');
    const types = [floatType('Tparams'), intType('Tindices'), intType('Taxis')];
    const rows = nodeBackend().executeSingleOutput('GatherV2', types, [table, indices, axis]);
    axis.dispose();
    return rows;
  },
  gradient: {
    inputsToSave: ['table', 'indices'],
    outputsToSave: [],
    backward: ([dy], [table, indices]) => ({
      table: () => {
        const rows = tf.reshape(dy, [indices.size, ...table.shape.slice(1)]);
        return tf.unsortedSegmentSum(rows, tf.reshape(indices, [-1]).as1D(), table.shape[0]);
      },
      indices: () => tf.zerosLike(indices),
    }),
  },
});
