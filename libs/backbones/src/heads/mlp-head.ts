import type { Key } from '@fovea/random';
import { checkShape, gelu, relu, tf, type Tensor, type Tensor2D } from '@fovea/tensorflow';
import { batchNorm } from '../layers/batch-norm.ts';
import { truncatedNormal02, zeros } from '../layers/initialisers.ts';
import { linear, type LinearOptions } from '../layers/linear.ts';
import { Parameters, type Layer, type Mode } from '../layers/parameters.ts';

/** What makes a projector or predictor. */
export interface MlpHeadOptions {
  readonly inputs: number;
  /** Widths of the hidden layers, in order. */
  readonly hidden: readonly number[];
  readonly outputs: number;
  /** Batch norm after every hidden layer; its layer then has no bias. */
  readonly hiddenNorm: boolean;
  /** Batch norm at the output: with scale and shift, without, or none. */
  readonly outputNorm: 'affine' | 'plain' | 'none';
  /** Bias of the last layer; default: where no batch norm follows. */
  readonly outputBias?: boolean;
  /** Between layers; default relu. */
  readonly activation?: 'relu' | 'gelu';
  /** Initial weights: PyTorch's default, or truncated normal of deviation 0.02 with zero biases (DINO, BAM). Default uniform. */
  readonly initial?: 'uniform' | 'truncated-normal';
}

/** A projector, predictor or other map from features to embeddings. */
export interface Head {
  readonly parameters: Parameters;
  readonly outputs: number;
  /** Features [N, inputs] to embeddings [N, outputs]. */
  forward(features: Tensor, mode: Mode): Tensor2D;
}

/**
 * Multi-layer perceptron: (linear, batch norm, activation) for every hidden layer, then linear and, if wanted, batch norm.
 *
 * A linear layer has a bias exactly where no batch norm follows it, unless `outputBias` says otherwise of the last. Variables `0.weight`, `1.weight`, … as in a PyTorch `Sequential`
 * of linear layers and norms.
 *
 * @param options - widths and norms
 * @param key - draws the initial weights
 *
 * Source: lightly's `ProjectionHead`, against whose vectors it is tested.
 */
export function mlpHead(options: MlpHeadOptions, key: Key): Head {
  const {
    inputs,
    hidden,
    outputs,
    hiddenNorm,
    outputNorm,
    activation = 'relu',
    initial = 'uniform',
  } = options;
  checkChoice('activation', activation, ['relu', 'gelu']);
  checkChoice('initial', initial, ['uniform', 'truncated-normal']);
  const { outputBias = outputNorm === 'none' } = options;
  const dense = initial === 'uniform' ? linear : truncatedLinear;
  const parameters = new Parameters(key);
  const layers: Layer[] = [];
  const add = (build: (name: string) => Layer): number => layers.push(build(String(layers.length)));
  let width = inputs;
  for (const next of hidden) {
    const sizes = { inputs: width, outputs: next, bias: !hiddenNorm };
    add((name) => dense(parameters, name, sizes));
    if (hiddenNorm) add((name) => batchNorm(parameters, name, { channels: next }));
    add(() => (activation === 'relu' ? relu : (x) => gelu(x)));
    width = next;
  }
  add((name) => dense(parameters, name, { inputs: width, outputs, bias: outputBias }));
  if (outputNorm !== 'none') {
    add((name) => batchNorm(parameters, name, { channels: outputs, affine: outputNorm === 'affine' }));
  }
  return {
    parameters,
    outputs,
    forward: (features, mode) => {
      checkShape(features, ['N', inputs], 'mlpHead: features');
      return layers.reduce((x, layer) => layer(x, mode), features) as Tensor2D;
    },
  };
}

function checkChoice(name: string, value: string, known: readonly string[]): void {
  if (!known.includes(value)) {
    throw new Error(`mlpHead: ${name} must be ${known.join(' or ')}, got '${value}'.`);
  }
}

/** `linear` with weights of deviation 0.02, cut at two deviations, and zero biases. */
function truncatedLinear(parameters: Parameters, name: string, options: LinearOptions): Layer {
  const { inputs, outputs, bias } = options;
  const weight_IO = parameters.weight(`${name}.weight`, [inputs, outputs], truncatedNormal02);
  const bias_O = bias ? parameters.weight(`${name}.bias`, [outputs], zeros) : undefined;
  return (x_NI) => {
    const y_NO = tf.matMul(x_NI as Tensor2D, weight_IO as unknown as Tensor2D);
    return bias_O === undefined ? y_NO : tf.add(y_NO, bias_O);
  };
}
