import { tf, type Tensor2D } from '@fovea/tensorflow';
import { linearUniform } from './initialisers.ts';
import type { Layer, Parameters } from './parameters.ts';

/** Sizes of a linear layer. */
export interface LinearOptions {
  readonly inputs: number;
  readonly outputs: number;
  readonly bias: boolean;
}

/** y = x W + b over rows; weight `name.weight` [inputs, outputs], bias `name.bias` [outputs]. */
export function linear(parameters: Parameters, name: string, options: LinearOptions): Layer {
  const { inputs, outputs } = options;
  const weight_IO = parameters.weight(`${name}.weight`, [inputs, outputs], linearUniform);
  const bias_O = options.bias
    ? parameters.weight(`${name}.bias`, [outputs], (key) =>
        linearUniform(key, [inputs, outputs]).slice(0, 1).flatten(),
      )
    : undefined;
  return (x_NI) => {
    const y_NO = tf.matMul(x_NI as Tensor2D, weight_IO as unknown as Tensor2D);
    return bias_O === undefined ? y_NO : tf.add(y_NO, bias_O);
  };
}
