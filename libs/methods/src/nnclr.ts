import { mlpHead } from '@fovea/backbones';
import { enqueue, nnclr as nnclrLoss, stopGradient } from '@fovea/losses';
import { fold, type Key } from '@fovea/random';
import type { Tensor2D, Variable } from '@fovea/tensorflow';
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
import { queueOf } from './moco.ts';

/** What makes an NNCLR learner. */
export interface NnclrLearnerOptions {
  readonly backbone: BackboneOptions;
  readonly projector: HeadOptions;
  readonly predictor: HeadOptions;
  readonly temperature: number;
  /** Rows of the support set. */
  readonly queue: number;
}

/**
 * NNCLR: the prediction of one view must be found from the nearest neighbour of the other view in a set of earlier projections.
 *
 *     L = 1/2 ( l(z1, p2) + l(z2, p1) ),   l(z, p) = mean over i of -log softmax over j (n(nn(z_i)).n(p_j) / T) at j = i
 *
 * Views: two, each with a forward pass of its own. State: encoder, predictor, support set, which takes in the first view's projections after the
 * update.
 *
 * Source: Dwibedi et al. 2021, equations 2 and 3, symmetrised.
 */
export function nnclr(options: NnclrLearnerOptions, key: Key): Learner {
  const encoder = encoderOf(options, key);
  const { outputs } = encoder.projector;
  const predictor = mlpHead({ inputs: outputs, ...options.predictor }, fold(key, 'predictor'));
  const modules = { ...encoder, predictor };
  const queue_KD = queueOf(options.queue, outputs, fold(key, 'queue'));
  const queue = queue_KD as unknown as Tensor2D;
  return {
    name: 'nnclr',
    backbone: encoder.backbone,
    trained: encoder,
    weights: weightsOf(modules),
    state: new Map<string, Variable>([...stateOf(modules), ['queue', queue_KD]]),
    schedules: {},
    needs: [],
    loss: ({ views }) => {
      const z_VBD = embed(encoder, globalViews(views, 2), 'train', 'per-view');
      const [z1, z2] = eachView(z_VBD);
      const [p1, p2] = eachView(applyHead(predictor, z_VBD, 'train', 'per-view'));
      // The projections' gradient runs through the predictions alone.
      return {
        loss: nnclrLoss(stopGradient(z1), stopGradient(z2), p1, p2, queue, {
          temperature: options.temperature,
        }),
        carry: { z1_BD: z1 },
        metrics: { spread: embeddingSpread(z_VBD) },
      };
    },
    commit: (_, { z1_BD }) => {
      queue_KD.assign(enqueue(queue, z1_BD as Tensor2D));
    },
    collapsedLoss: (batch) => Math.log(batch),
    dispose: () => {
      disposeModules(modules);
      queue_KD.dispose();
    },
  };
}

export const NNCLR = method<NnclrLearnerOptions>({
  name: 'nnclr',
  title: 'NNCLR',
  paper: 'Dwibedi et al., "With a little help from my friends", ICCV 2021',
  equation: '1/2 (l(z1, p2) + l(z2, p1)),  l = -log softmax_j (n(nn(z_i)).n(p_j)/T) at j = i',
  source: 'equations 2 and 3',
  recipes: ['imagenet-byol', 'cifar-asymmetric'],
  globalViews: 2,
  localViews: 'none',
  needs: [],
  state: 'support set',
  tags: ['MEM'],
  reconstruction: 'heads, support set of 98,304 and T 0.1 [MEM]',
  file: 'nnclr.ts',
  defaults: {
    projector: { hidden: [2048, 2048], outputs: 256, hiddenNorm: true, outputNorm: 'affine' },
    predictor: { hidden: [4096], outputs: 256, hiddenNorm: true, outputNorm: 'none' },
    temperature: 0.1,
    queue: 98_304,
  },
  build: nnclr,
});
