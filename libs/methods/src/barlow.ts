import { barlowTwins as barlowTwinsLoss } from '@fovea/losses';
import type { Key } from '@fovea/random';
import { tf } from '@fovea/tensorflow';
import { embeddingSpread } from './embedding-spread.ts';
import {
  disposeModules,
  eachView,
  embed,
  encoderOf,
  globalViews,
  stateOf,
  weightsOf,
  type BackboneOptions,
  type HeadOptions,
} from './encoder.ts';
import type { Learner } from './learner.ts';
import { method } from './method.ts';

/** What makes a Barlow Twins learner. */
export interface BarlowOptions {
  readonly backbone: BackboneOptions;
  readonly projector: HeadOptions;
  /** Weight of the off-diagonal terms. */
  readonly lambda: number;
  /** Factor of the whole loss: 1 in the paper, 0.024 in the authors' code, 0.1 in solo-learn's CIFAR recipe. */
  readonly scale: number;
}

/**
 * Barlow Twins: the cross-correlation of two views' embeddings over the batch must be the identity.
 *
 *     C = BN(z1)^T BN(z2) / N;   L = scale ( sum over i of (1 - C_ii)^2 + lambda sum over i != j of C_ij^2 )
 *
 * Views: two, each with a forward pass of its own. State: encoder.
 *
 * Source: Zbontar et al. 2021, equations 1 and 2.
 */
export function barlow(options: BarlowOptions, key: Key): Learner {
  const { lambda, scale } = options;
  const encoder = encoderOf(options, key);
  const modules = { ...encoder };
  return {
    name: 'barlow',
    backbone: encoder.backbone,
    trained: encoder,
    weights: weightsOf(modules),
    state: stateOf(modules),
    schedules: {},
    needs: [],
    loss: ({ views }) => {
      const z_VBD = embed(encoder, globalViews(views, 2), 'train', 'per-view');
      const [z1, z2] = eachView(z_VBD);
      return {
        loss: tf.mul(barlowTwinsLoss(z1, z2, { lambda }), scale),
        metrics: { spread: embeddingSpread(z_VBD) },
      };
    },
    collapsedLoss: () => scale * encoder.projector.outputs,
    dispose: () => {
      disposeModules(modules);
    },
  };
}

export const BARLOW = method<BarlowOptions>({
  name: 'barlow',
  title: 'Barlow Twins',
  paper: 'Zbontar et al., "Barlow Twins: self-supervised learning via redundancy reduction", ICML 2021',
  equation: 'sum_i (1 - C_ii)^2 + lambda sum_{i != j} C_ij^2',
  source: 'equations 1 and 2; facebookresearch/barlowtwins',
  recipes: ['imagenet-byol', 'cifar-asymmetric'],
  globalViews: 2,
  localViews: 'none',
  needs: [],
  state: 'nothing else',
  tags: ['MEM'],
  reconstruction: 'projector of three layers of 8192 without bias, scale 0.024 of the authors [MEM]',
  file: 'barlow.ts',
  defaults: {
    projector: {
      hidden: [8192, 8192],
      outputs: 8192,
      hiddenNorm: true,
      outputNorm: 'none',
      outputBias: false,
    },
    lambda: 0.0051,
    scale: 0.024,
  },
  build: barlow,
});
