import type { Key } from '@fovea/random';
import { checkShape, relu, type Tensor, type Tensor2D } from '@fovea/tensorflow';
import { batchNorm } from '../layers/batch-norm.ts';
import { linear } from '../layers/linear.ts';
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
}

/** A projector, predictor or other map from features to embeddings. */
export interface Head {
  readonly parameters: Parameters;
  readonly outputs: number;
  /** Features [N, inputs] to embeddings [N, outputs]. */
  forward(features: Tensor, mode: Mode): Tensor2D;
}

/**
 * Multi-layer perceptron: (linear, batch norm, ReLU) for every hidden layer, then linear and, if wanted, batch norm.
 *
 * A linear layer has a bias exactly where no batch norm follows it. Variables `0.weight`, `1.weight`, … as in a PyTorch `Sequential`
 * of linear layers and norms.
 *
 * @param options - widths and norms
 * @param key - draws the initial weights
 *
 * Source: lightly's `ProjectionHead`, against whose vectors it is tested.
 */
export function mlpHead(options: MlpHeadOptions, key: Key): Head {
  const { inputs, hidden, outputs, hiddenNorm, outputNorm } = options;
  const parameters = new Parameters(key);
  const layers: Layer[] = [];
  const add = (build: (name: string) => Layer): number => layers.push(build(String(layers.length)));
  let width = inputs;
  for (const next of hidden) {
    const sizes = { inputs: width, outputs: next, bias: !hiddenNorm };
    add((name) => linear(parameters, name, sizes));
    if (hiddenNorm) add((name) => batchNorm(parameters, name, { channels: next }));
    add(() => relu);
    width = next;
  }
  add((name) => linear(parameters, name, { inputs: width, outputs, bias: outputNorm === 'none' }));
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
