import { compile, tf, type Scalar, type Tensor, type Tensor4D, type Variable } from '@fovea/tensorflow';
import { saliencyLoss } from './saliency-loss.ts';
import type { SaliencyNetwork } from './saliency-network.ts';

/** What updates weights from gradients; the optimisers of `@fovea/train` fit. */
export interface WeightUpdate {
  step(
    gradients: ReadonlyMap<string, Tensor>,
    weights: ReadonlyMap<string, Variable>,
    learningRate: Scalar,
  ): void;
}

/** Training of a {@link SaliencyNetwork}, one batch at a time. */
export interface SaliencyTrainer {
  /**
   * One update.
   *
   * @param images_NHWC - sRGB in [0, 1] // [N, H, W, 3]
   * @param masks_NHWC - targets in [0, 1] // [N, H, W, 1]
   * @returns the loss before the update
   */
  step(images_NHWC: Tensor4D, masks_NHWC: Tensor4D, learningRate: number): number;
  /** Frees the graph; the network stays. */
  dispose(): void;
}

/**
 * Trains a network with {@link saliencyLoss} on every output; forward pass, gradients and update are one graph.
 *
 * @throws Error from `step` at a loss that is not finite
 *
 * @example
 * const trainer = saliencyTrainer(network, adamW({ weightDecay: 1e-4 }));
 * const loss = trainer.step(images, masks, 1e-3);
 */
export function saliencyTrainer(network: SaliencyNetwork, optimiser: WeightUpdate): SaliencyTrainer {
  const { weights } = network.parameters;
  const variables = [...weights.values()];
  const update = compile(
    (images: Tensor4D, masks: Tensor4D, learningRate: Scalar) => {
      const lossOf = () => saliencyLoss(network.forward(images, 'train'), masks).loss;
      const { value, grads } = tf.variableGrads(lossOf, variables);
      const gradients = new Map([...weights].map(([name, variable]) => [name, grads[variable.name]]));
      optimiser.step(gradients, weights, learningRate);
      return value;
    },
    { name: 'saliency step' },
  );
  return {
    step: (images, masks, learningRate) => {
      const result = update(images, masks, learningRate);
      const [loss] = result.dataSync();
      result.dispose();
      if (!Number.isFinite(loss))
        throw new Error(
          `saliencyTrainer: the loss is ${loss} at learning rate ${learningRate}. Lower the rate.`,
        );
      return loss;
    },
    dispose: () => update.dispose(),
  };
}
