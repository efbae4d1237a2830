import type { TensorInfo } from '@tensorflow/tfjs';
import { hasNativeOps, nodeBackend } from '../backend.ts';
import { tf } from '../tf.ts';

/**
 * Gives tfjs-node's ExpandDims the type attributes that a graph needs; it does nothing when called again.
 *
 * tfjs-node passes none: running op by op, libtensorflow infers them from the inputs, and a node of a graph has no such help.
 */
export function typeExpandDims(): void {
  if (typed || !hasNativeOps()) return;
  typed = true;
  tf.unregisterKernel('ExpandDims', 'tensorflow');
  tf.registerKernel({
    kernelName: 'ExpandDims',
    backendName: 'tensorflow',
    kernelFunc: ({ inputs, attrs }) => {
      const input = inputs.input as TensorInfo;
      const backend = nodeBackend();
      const { TF_ATTR_TYPE, TF_INT32 } = backend.binding;
      const axis = tf.scalar((attrs as { dim: number }).dim, 'int32');
      const types = { T: backend.tensorMap.get(input.dataId).dtype, Tdim: TF_INT32 };
      const attributes = Object.entries(types).map(([name, value]) => ({ name, type: TF_ATTR_TYPE, value }));
      const result = backend.executeSingleOutput('ExpandDims', attributes, [input, axis]);
      axis.dispose();
      return result;
    },
  });
}

let typed = false;
