import { mlpHead } from '@fovea/backbones';
import { byol as byolLoss, byolPerImage } from '@fovea/losses';
import { fold, type Key } from '@fovea/random';
import { tf, type Tensor2D, type Variable } from '@fovea/tensorflow';
import { embeddingSpread } from './embedding-spread.ts';
import {
  applyHead,
  disposeModules,
  eachView,
  embed,
  encoderOf,
  globalViews,
  stateOf,
  teacherOf,
  weightsOf,
  type BackboneOptions,
  type HeadOptions,
} from './encoder.ts';
import type { Learner } from './learner.ts';
import { method } from './method.ts';
import { momentumSchedule } from './schedules.ts';

/** What makes a BYOL learner. */
export interface ByolOptions {
  readonly backbone: BackboneOptions;
  readonly projector: HeadOptions;
  /** Of the online network alone; gives embeddings of the projector's length. */
  readonly predictor: HeadOptions;
  /** Momentum of the target network, a half cosine from start to end. */
  readonly momentum: readonly [start: number, end: number];
  /** Batch statistics of the target network: the batch's, as in the paper, or its running ones. */
  readonly targetMode: 'train' | 'eval';
}

/**
 * BYOL: the prediction of one view regresses the target network's projection of the other; no negatives.
 *
 *     L = mean (2 - 2 cos(q(z1), z2')) + mean (2 - 2 cos(q(z2), z1')),   z' of the target network, constant
 *     target <- m target + (1 - m) online, ahead of each step's loss
 *
 * Views: two, each with a forward pass of its own. State: online and target network. Collapse (all embeddings equal) is a loss of 0, its
 * minimum: watch the metric `spread`.
 *
 * Source: Grill et al. 2020, equation 2. Heads as in their code and Jiahao000/ORL: no bias where it has none, no norm at the output.
 */
export function byol(options: ByolOptions, key: Key): Learner {
  const encoder = encoderOf(options, key);
  const { outputs: inputs } = encoder.projector;
  const predictor = mlpHead({ inputs, ...options.predictor }, fold(key, 'predictor'));
  const modules = { ...encoder, predictor };
  const target = teacherOf(encoder, () => encoderOf(options, key));
  return {
    name: 'byol',
    backbone: encoder.backbone,
    trained: encoder,
    weights: weightsOf(modules),
    state: new Map<string, Variable>([...stateOf(modules), ...stateOf({ ...target.network }, 'teacher.')]),
    schedules: { momentum: momentumSchedule(options.momentum) },
    needs: [],
    prepare: ({ views }, { values }) => {
      target.move(values.momentum);
      return { target_VBD: embed(target.network, globalViews(views, 2), options.targetMode, 'per-view') };
    },
    loss: ({ views }, { target_VBD }) => {
      const z_VBD = embed(encoder, globalViews(views, 2), 'train', 'per-view');
      const p_VBD = applyHead(predictor, z_VBD, 'train', 'per-view');
      const [p1, p2] = eachView(p_VBD);
      const [z1, z2] = eachView(target_VBD);
      return { loss: byolLoss(p1, p2, z1, z2), metrics: { spread: embeddingSpread(z_VBD) } };
    },
    // A crop regresses both global targets; the mean of the two.
    localTerms: (locals, { target_VBD }) => {
      const p_KBD = applyHead(predictor, embed(encoder, locals, 'train'), 'train');
      const [crops, batch, width] = p_KBD.shape;
      const p_ND = tf.reshape(p_KBD, [-1, width]) as Tensor2D;
      const terms = eachView(target_VBD).map((target_BD) => {
        const target_ND = tf.tile(target_BD, [crops, 1]);
        return byolPerImage(p_ND, target_ND);
      });
      return tf.reshape(tf.div(tf.addN(terms), terms.length), [crops, batch]);
    },
    dispose: () => {
      disposeModules(modules);
      disposeModules({ ...target.network });
    },
  };
}

export const BYOL = method<ByolOptions>({
  name: 'byol',
  title: 'BYOL',
  paper: 'Grill et al., "Bootstrap your own latent", NeurIPS 2020',
  equation: 'mean (2 - 2 cos(q(z1), sg z2)) + mean (2 - 2 cos(q(z2), sg z1))',
  source: 'equation 2; heads and momentum as in Jiahao000/ORL',
  recipes: ['imagenet-byol', 'cifar-asymmetric'],
  globalViews: 2,
  localViews: 'none',
  needs: [],
  state: 'target network',
  tags: [],
  reconstruction: null,
  file: 'byol.ts',
  defaults: {
    projector: { hidden: [4096], outputs: 256, hiddenNorm: true, outputNorm: 'none', outputBias: false },
    predictor: { hidden: [4096], outputs: 256, hiddenNorm: true, outputNorm: 'none', outputBias: false },
    momentum: [0.99, 1],
    targetMode: 'train',
  },
  build: byol,
});
