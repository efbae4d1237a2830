import { mlpHead, resNet, type MlpHeadOptions, type ResNetOptions } from '@fovea/backbones';
import { ntXent } from '@fovea/losses';
import { fold, type Key } from '@fovea/random';
import { tf, type Tensor2D } from '@fovea/tensorflow';
import { disposeEncoder, embed, encoderState, encoderWeights } from './encoder.ts';
import type { Learner } from './learner.ts';

/** What makes a SimCLR learner. */
export interface SimClrOptions {
  readonly backbone: ResNetOptions;
  readonly projector: Omit<MlpHeadOptions, 'inputs'>;
  /** Temperature of NT-Xent. */
  readonly temperature: number;
}

/**
 * SimCLR: two views of an image are each other's positive among all views of the batch.
 *
 *     L = mean over the 2B anchors of -log( exp(s_ij / T) / sum over k != i of exp(s_ik / T) )
 *
 * Views: two. State: backbone and projector.
 *
 * Source: Chen et al. 2020, equation 1.
 */
export function simClr(options: SimClrOptions, key: Key): Learner {
  const backbone = resNet(options.backbone, fold(key, 'backbone'));
  const projector = mlpHead({ inputs: backbone.features, ...options.projector }, fold(key, 'projector'));
  const encoder = { backbone, projector };
  return {
    name: 'simclr',
    backbone,
    weights: encoderWeights(encoder),
    state: encoderState(encoder),
    schedules: {},
    needs: [],
    loss: ({ views: [views_VBHWC] }) => {
      const [z1_BD, z2_BD] = tf.unstack(embed(encoder, views_VBHWC, 'train')) as [Tensor2D, Tensor2D];
      return { loss: ntXent(z1_BD, z2_BD, { temperature: options.temperature }) };
    },
    collapsedLoss: (batch) => Math.log(2 * batch - 1),
    dispose: () => {
      disposeEncoder(encoder);
    },
  };
}
