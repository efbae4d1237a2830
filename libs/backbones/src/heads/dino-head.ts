import { fold, type Key } from '@fovea/random';
import { l2Normalize, tf, type Scalar, type Tensor, type Tensor2D } from '@fovea/tensorflow';
import { truncatedNormal02 } from '../layers/initialisers.ts';
import type { Mode, Parameters } from '../layers/parameters.ts';
import { mlpHead, type Head } from './mlp-head.ts';
import { gated } from './prototypes.ts';

/** What makes a DINO head. */
export interface DinoHeadOptions {
  readonly inputs: number;
  /** Widths of the hidden layers; two of 2048 in the paper. */
  readonly hidden: readonly number[];
  /** Length of the unit vector before the last layer; 256. */
  readonly bottleneck: number;
  /** Outputs of the last layer; 65,536. */
  readonly prototypes: number;
  /** Batch norm after hidden layers; false in the paper. */
  readonly hiddenNorm: boolean;
}

/** A DINO head. */
export interface DinoHead extends Head {
  /** @param trained - 0 keeps gradients from the last layer, 1 lets them through; default 1 */
  forward(features: Tensor, mode: Mode, trained?: Scalar): Tensor2D;
}

/**
 * Head of DINO and iBOT: a perceptron with GELU to a bottleneck, its output of length 1, then a weight-normalised layer without bias.
 *
 *     y = n(mlp(x)) V / |V|,   columns of V [bottleneck, prototypes]; the gain is frozen at 1
 *
 * Variables of the perceptron as `mlpHead`'s, and `last.weight`. Initial weights: truncated normal of deviation 0.02.
 *
 * Source: Caron et al. 2021 and the authors' `DINOHead`.
 */
export function dinoHead(options: DinoHeadOptions, key: Key): DinoHead {
  const { inputs, hidden, bottleneck, prototypes, hiddenNorm } = options;
  const norms = { hiddenNorm, outputNorm: 'none', activation: 'gelu', initial: 'truncated-normal' } as const;
  const mlp = mlpHead({ inputs, hidden, outputs: bottleneck, ...norms }, fold(key, 'mlp'));
  const parameters: Parameters = mlp.parameters;
  const last = parameters.weight('last.weight', [bottleneck, prototypes], truncatedNormal02);
  return {
    parameters,
    outputs: prototypes,
    forward: (features, mode, trained) => {
      const unit_NB = l2Normalize(mlp.forward(features, mode));
      const direction = l2Normalize(gated(last as unknown as Tensor2D, trained), 0);
      return tf.matMul(unit_NB, direction);
    },
  };
}
