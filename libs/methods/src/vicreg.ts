import { vicReg as vicRegLoss } from '@fovea/losses';
import type { Key } from '@fovea/random';
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

/** What makes a VICReg learner. */
export interface VicRegLearnerOptions {
  readonly backbone: BackboneOptions;
  readonly projector: HeadOptions;
  readonly invarianceWeight: number;
  readonly varianceWeight: number;
  readonly covarianceWeight: number;
}

/**
 * VICReg: views agree, every coordinate keeps a standard deviation of 1 over the batch, and coordinates are uncorrelated.
 *
 *     L = 25 mean (z1 - z2)^2 + 25 mean over branches and coordinates of relu(1 - std) + sum over branches of sum over i != j of cov_ij^2 / D
 *
 * Views: two, each with a forward pass of its own. State: encoder.
 *
 * Source: Bardes et al. 2022, equations 1 to 6.
 */
export function vicReg(options: VicRegLearnerOptions, key: Key): Learner {
  const { invarianceWeight, varianceWeight, covarianceWeight } = options;
  const encoder = encoderOf(options, key);
  const modules = { ...encoder };
  return {
    name: 'vicreg',
    backbone: encoder.backbone,
    trained: encoder,
    weights: weightsOf(modules),
    state: stateOf(modules),
    schedules: {},
    needs: [],
    loss: ({ views }) => {
      const z_VBD = embed(encoder, globalViews(views, 2), 'train', 'per-view');
      const [z1, z2] = eachView(z_VBD);
      const { loss, ...terms } = vicRegLoss(z1, z2, { invarianceWeight, varianceWeight, covarianceWeight });
      return { loss, metrics: { ...terms, spread: embeddingSpread(z_VBD) } };
    },
    collapsedLoss: () => 0.99 * varianceWeight,
    dispose: () => {
      disposeModules(modules);
    },
  };
}

export const VICREG = method<VicRegLearnerOptions>({
  name: 'vicreg',
  title: 'VICReg',
  paper: 'Bardes et al., "VICReg: variance-invariance-covariance regularization", ICLR 2022',
  equation: '25 MSE(z1, z2) + 25 mean relu(1 - std) + sum off-diagonal cov^2 / D',
  source: 'equations 1 to 6',
  recipes: ['imagenet-byol', 'cifar-vicreg'],
  globalViews: 2,
  localViews: 'none',
  needs: [],
  state: 'nothing else',
  tags: ['MEM'],
  reconstruction: 'projector of three layers of 8192, the last without bias [MEM]',
  file: 'vicreg.ts',
  defaults: {
    projector: {
      hidden: [8192, 8192],
      outputs: 8192,
      hiddenNorm: true,
      outputNorm: 'none',
      outputBias: false,
    },
    invarianceWeight: 25,
    varianceWeight: 25,
    covarianceWeight: 1,
  },
  build: vicReg,
});
