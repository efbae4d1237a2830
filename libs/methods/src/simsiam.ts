import { mlpHead } from '@fovea/backbones';
import { simSiam as simSiamLoss } from '@fovea/losses';
import { fold, type Key } from '@fovea/random';
import { embeddingSpread } from './embedding-spread.ts';
import {
  applyHead,
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

/** What makes a SimSiam learner. */
export interface SimSiamOptions {
  readonly backbone: BackboneOptions;
  readonly projector: HeadOptions;
  readonly predictor: HeadOptions;
}

/**
 * SimSiam: the prediction of one view is drawn towards the projection of the other, which is a constant; no negatives and no second network.
 *
 *     L = -( mean cos(h(z1), sg z2) + mean cos(h(z2), sg z1) ) / 2
 *
 * Views: two, each with a forward pass of its own. State: encoder and predictor. The paper keeps the predictor's learning rate constant:
 * `learner.weights` names it `predictor.…`, for optimisers with groups. Collapse is a loss of -1, its minimum: watch the metric `spread`,
 * which should stay near 1.
 *
 * Source: Chen and He 2021, equation 4; facebookresearch/simsiam.
 */
export function simSiam(options: SimSiamOptions, key: Key): Learner {
  const encoder = encoderOf(options, key);
  const inputs = encoder.projector.outputs;
  const predictor = mlpHead({ inputs, ...options.predictor }, fold(key, 'predictor'));
  const modules = { ...encoder, predictor };
  return {
    name: 'simsiam',
    backbone: encoder.backbone,
    trained: encoder,
    weights: weightsOf(modules),
    state: stateOf(modules),
    schedules: {},
    needs: [],
    loss: ({ views }) => {
      const z_VBD = embed(encoder, globalViews(views, 2), 'train', 'per-view');
      const [z1, z2] = eachView(z_VBD);
      const [p1, p2] = eachView(applyHead(predictor, z_VBD, 'train', 'per-view'));
      return { loss: simSiamLoss(p1, p2, z1, z2), metrics: { spread: embeddingSpread(z_VBD) } };
    },
    dispose: () => {
      disposeModules(modules);
    },
  };
}

export const SIMSIAM = method<SimSiamOptions>({
  name: 'simsiam',
  title: 'SimSiam',
  paper: 'Chen and He, "Exploring simple Siamese representation learning", CVPR 2021',
  equation: '-( mean cos(h(z1), sg z2) + mean cos(h(z2), sg z1) ) / 2',
  source: 'equation 4; facebookresearch/simsiam',
  recipes: ['imagenet-moco-v2', 'cifar-weak'],
  globalViews: 2,
  localViews: 'none',
  needs: [],
  state: 'nothing else',
  tags: [],
  reconstruction: null,
  file: 'simsiam.ts',
  defaults: {
    projector: { hidden: [2048, 2048], outputs: 2048, hiddenNorm: true, outputNorm: 'plain' },
    predictor: { hidden: [512], outputs: 2048, hiddenNorm: true, outputNorm: 'none' },
  },
  build: simSiam,
});
