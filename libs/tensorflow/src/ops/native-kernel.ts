import type { NamedTensorMap, Tensor } from '@tensorflow/tfjs';
import { hasNativeOps, nodeBackend, type OpAttribute } from '../backend.ts';
import { tf } from '../tf.ts';
import { enableHigherOrderGradients } from './higher-order.ts';

enableHigherOrderGradients();

/** A kernel of libtensorflow as tfjs sees it: how to call it, and its gradient. */
export interface NativeKernel<Inputs extends string, Attributes> {
  /** Name in tfjs' registry; ours begin with `Fovea`, so that no stock kernel is replaced. */
  readonly name: string;
  /** Runs the op. */
  forward(inputs: Record<Inputs, Tensor>, attributes: Attributes): Tensor | Tensor[];
  /**
   * Gradient of every differentiable input, made of differentiable ops, from the gradients of the outputs.
   * Absent: differentiating throws tfjs' own message.
   */
  readonly gradient?: {
    readonly inputsToSave: Inputs[];
    readonly outputsToSave: boolean[];
    /**
     * `dy` has one entry an output; `saved` holds the inputs to save, then the outputs to save.
     * A function is called only where that gradient is wanted.
     */
    backward(
      dy: Tensor[],
      saved: Tensor[],
      attributes: Attributes,
    ): Partial<Record<Inputs, Tensor | (() => Tensor)>>;
  };
}

/**
 * Registers a kernel of libtensorflow with tfjs and returns the function that calls it on the tape.
 *
 * A registered kernel, unlike `tf.customGrad`, may have several outputs and gradients of gradients.
 */
export function nativeKernel<Inputs extends string, Attributes extends object>(
  kernel: NativeKernel<Inputs, Attributes>,
): (inputs: Record<Inputs, Tensor>, attributes: Attributes) => Tensor[] {
  const { name, forward, gradient } = kernel;
  if (hasNativeOps() && !tf.getKernel(name, 'tensorflow')) {
    tf.registerKernel({
      kernelName: name,
      backendName: 'tensorflow',
      // tfjs types attributes as its own scalar union; ours pass through it unread.
      kernelFunc: ({ inputs, attrs }) =>
        forward(inputs as unknown as Record<Inputs, Tensor>, attrs as unknown as Attributes),
    });
    if (gradient) {
      tf.registerGradient({
        kernelName: name,
        inputsToSave: gradient.inputsToSave,
        outputsToSave: gradient.outputsToSave,
        gradFunc: (dy, saved, attrs) => {
          const dys = Array.isArray(dy) ? dy : [dy];
          const gradients = gradient.backward(dys, saved, attrs as unknown as Attributes);
          return Object.fromEntries(
            Object.entries<Tensor | (() => Tensor) | undefined>(gradients).map(([input, value]) => [
              input,
              typeof value === 'function' ? value : () => value as Tensor,
            ]),
          );
        },
      });
    }
  }
  return (inputs, attributes) => {
    const outputs: Tensor | Tensor[] = tf
      .engine()
      .runKernel(name, inputs as NamedTensorMap, attributes as Record<string, never>) as Tensor | Tensor[];
    return Array.isArray(outputs) ? outputs : [outputs];
  };
}

/** Attribute that is true or false. */
export function flag(name: string, value: boolean): OpAttribute {
  return { name, type: nodeBackend().binding.TF_ATTR_BOOL, value };
}

/** Attribute that is text. */
export function text(name: string, value: string): OpAttribute {
  return { name, type: nodeBackend().binding.TF_ATTR_STRING, value };
}

/** Type attribute `name` of an int32 operand. */
export function intType(name: string): OpAttribute {
  const { TF_ATTR_TYPE, TF_INT32 } = nodeBackend().binding;
  return { name, type: TF_ATTR_TYPE, value: TF_INT32 };
}

/** Runs a native op of one output with some int32 vectors as further inputs, which are disposed of. */
export function executeWith(
  name: string,
  attributes: OpAttribute[],
  inputs: readonly (Tensor | readonly number[])[],
): Tensor {
  const tensors = inputs.map((input) =>
    input instanceof tf.Tensor ? input : tf.tensor1d([...input], 'int32'),
  );
  const result = nodeBackend().executeSingleOutput(name, attributes, tensors);
  inputs.forEach((input, index) => {
    if (!(input instanceof tf.Tensor)) tensors[index].dispose();
  });
  return result;
}

/** Type attribute `name` of a float32 op. */
export function floatType(name = 'T'): OpAttribute {
  const { TF_ATTR_TYPE, TF_FLOAT } = nodeBackend().binding;
  return { name, type: TF_ATTR_TYPE, value: TF_FLOAT };
}
