import type { Key } from '@fovea/random';
import {
  checkShape,
  l2Normalize,
  tf,
  type Scalar,
  type Tensor,
  type Tensor2D,
  type Variable,
} from '@fovea/tensorflow';
import { linearUniform } from '../layers/initialisers.ts';
import { Parameters } from '../layers/parameters.ts';

/** Prototypes that embeddings are compared with. */
export interface Prototypes {
  readonly parameters: Parameters;
  /** [outputs, inputs]: one prototype a row. */
  readonly weight_KD: Variable;
  /**
   * Products with all prototypes, [N, D] to [N, K].
   *
   * @param trained - 0 keeps gradients from the prototypes, 1 lets them through; default 1
   */
  scores(z_ND: Tensor2D, trained?: Scalar): Tensor2D;
  /** Gives every prototype length 1. */
  normalise(): void;
}

/**
 * A table of prototypes without bias: the last layer of SwAV and MSN.
 *
 * @param options - length of an embedding, number of prototypes
 * @param key - draws them, uniform in +-1/sqrt(inputs)
 *
 * Source: facebookresearch/swav (`prototypes`, a linear layer without bias, normalised before each step).
 */
export function prototypes(
  options: { readonly inputs: number; readonly prototypes: number },
  key: Key,
): Prototypes {
  const { inputs, prototypes: count } = options;
  const parameters = new Parameters(key);
  const weight_KD = parameters.weight('weight', [count, inputs], (own) =>
    tf.transpose(linearUniform(own, [inputs, count])),
  );
  return {
    parameters,
    weight_KD,
    scores: (z_ND, trained) => {
      checkShape(z_ND, ['N', inputs], 'prototypes: z_ND');
      return tf.matMul(z_ND, gated(weight_KD as unknown as Tensor2D, trained), false, true);
    },
    normalise: () => {
      weight_KD.assign(tf.tidy(() => l2Normalize(weight_KD as unknown as Tensor2D)) as unknown as Variable);
    },
  };
}

/** The weight itself; its gradient is multiplied by the gate. */
export function gated(weight: Tensor2D, gate: Scalar | undefined): Tensor2D {
  if (gate === undefined) return weight;
  const scale = tf.customGrad((...inputs) => {
    const [x, factor, save] = inputs as unknown as [Tensor2D, Scalar, (tensors: Tensor[]) => void];
    save([factor]);
    const gradFunc = (dy: Tensor, [saved]: Tensor[]): Tensor[] => [tf.mul(dy, saved), tf.zerosLike(saved)];
    return { value: tf.clone(x), gradFunc: gradFunc as unknown as () => Tensor };
  });
  return scale(weight, gate) as Tensor2D;
}
