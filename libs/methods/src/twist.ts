import { twist as twistLoss, twistSelfLabel } from '@fovea/losses';
import type { Key } from '@fovea/random';
import { tf, type Scalar, type Tensor2D } from '@fovea/tensorflow';
import { embeddingSpread } from './embedding-spread.ts';
import {
  disposeModules,
  eachView,
  embed,
  encoderOf,
  stateOf,
  weightsOf,
  type BackboneOptions,
  type HeadOptions,
} from './encoder.ts';
import type { Learner } from './learner.ts';
import { method } from './method.ts';
import { rampSchedule, switchSchedule } from './schedules.ts';

/** What makes a TWIST learner. */
export interface TwistLearnerOptions {
  readonly backbone: BackboneOptions;
  /** Its outputs are the classes; the norm before the softmax is the loss's own. */
  readonly projector: HeadOptions;
  /** l1: 0 for ResNets, -0.6 for vision transformers. */
  readonly sharpnessOffset: number;
  /** l2: weight of the entropy of the mean. */
  readonly diversityWeight: number;
  /** Last stage, in which the confident classes of one view are the labels of the other; null for none. */
  readonly selfLabelling: {
    /** Share of training at which it begins; 800 of 850 epochs in the paper. */
    readonly from: number;
    /** Probability that a label must exceed, linear from start to end over the stage. */
    readonly threshold: readonly [start: number, end: number];
    /** Labels weighted by the inverse of their frequency. */
    readonly balanceClasses: boolean;
  } | null;
}

/**
 * TWIST: the class distributions of two views agree, are sharp for each image and diverse over the batch.
 *
 *     p = softmax(BN(z));   L = (KL(p1||p2) + KL(p2||p1)) / 2 + (1 + l1) mean_i H(p_i) - l2 H(mean_i p_i)
 *     last stage:  L = ( twistSelfLabel(z1, z2) + twistSelfLabel(z2, z1) ) / 2
 *
 * With multi-crop the mean over all pairs of a global view with another view. State: encoder. Collapse (one class, or uniform) is a loss of
 * 0; a network that learns is below it.
 *
 * Source: Wang et al. 2021, equations 1 to 4; bytedance/TWIST. The switch to the last stage happens inside of one run here, where the authors start
 * a second one with a learning rate of 0.05.
 */
export function twist(options: TwistLearnerOptions, key: Key): Learner {
  const { sharpnessOffset, diversityWeight, selfLabelling } = options;
  const encoder = encoderOf(options, key);
  const modules = { ...encoder };
  return {
    name: 'twist',
    backbone: encoder.backbone,
    trained: encoder,
    weights: weightsOf(modules),
    state: stateOf(modules),
    schedules: selfLabelling === null ? {} : stageSchedules(selfLabelling),
    needs: [],
    loss: ({ views }, _, { values }) => {
      const z_VBK = embed(encoder, views, 'train', 'per-view');
      const pairs = pairsOf(eachView(z_VBK));
      const terms = pairs.map(([a, b]) => twistLoss(a, b, { sharpnessOffset, diversityWeight }));
      const mean = (name: keyof (typeof terms)[0]): Scalar =>
        tf.div(tf.addN(terms.map((term) => term[name])), terms.length);
      const metrics = {
        spread: embeddingSpread(z_VBK),
        entropyOfMean: mean('entropyOfMean'),
        meanEntropy: mean('meanEntropy'),
      };
      if (selfLabelling === null) return { loss: mean('loss'), metrics };
      const { balanceClasses } = selfLabelling;
      const stage = { threshold: values.threshold, balanceClasses };
      const labelled = pairs.flatMap(([a, b]) => [
        twistSelfLabel(normalised(a), normalised(b), stage),
        twistSelfLabel(normalised(b), normalised(a), stage),
      ]);
      const selfLabel = tf.div(tf.addN(labelled), labelled.length);
      const { selfLabelling: on } = values;
      const loss = tf.add(tf.mul(mean('loss'), tf.sub(1, on)), tf.mul(selfLabel, on)) as Scalar;
      return { loss, metrics: { ...metrics, selfLabel: selfLabel as Scalar } };
    },
    dispose: () => {
      disposeModules(modules);
    },
  };
}

/** Each global view with each later view. */
function pairsOf(views: Tensor2D[]): [Tensor2D, Tensor2D][] {
  return [0, 1].flatMap((first) =>
    views.slice(first + 1).map((second): [Tensor2D, Tensor2D] => [views[first], second]),
  );
}

/** The columns' batch norm that comes before the softmax, as in the loss. */
function normalised(z_NK: Tensor2D): Tensor2D {
  const { mean, variance } = tf.moments(z_NK, 0, true);
  return tf.mul(tf.sub(z_NK, mean), tf.rsqrt(tf.add(variance, 1e-5))) as Tensor2D;
}

function stageSchedules({
  from,
  threshold,
}: NonNullable<TwistLearnerOptions['selfLabelling']>): Learner['schedules'] {
  const ramp = rampSchedule(threshold, 1);
  return {
    selfLabelling: switchSchedule(from),
    threshold: (progress) => ramp(from >= 1 ? 0 : Math.max(0, (progress - from) / (1 - from))),
  };
}

export const TWIST = method<TwistLearnerOptions>({
  name: 'twist',
  title: 'TWIST',
  paper: 'Wang et al., "Self-supervised learning by estimating twin class distributions", arXiv 2110.07402',
  equation: '(KL(p1||p2) + KL(p2||p1))/2 + (1 + l1) mean H(p_i) - l2 H(mean p_i),  p = softmax(BN(z))',
  source: 'equations 1 to 4; bytedance/TWIST',
  recipes: ['imagenet-twist', 'cifar-multi-crop'],
  globalViews: 2,
  localViews: 'possible',
  needs: [],
  state: 'nothing else',
  tags: ['MEM'],
  reconstruction: 'two hidden layers of the projector; which pairs of crops are compared [MEM]',
  file: 'twist.ts',
  defaults: {
    projector: {
      hidden: [4096, 4096],
      outputs: 4096,
      hiddenNorm: true,
      outputNorm: 'none',
      outputBias: false,
    },
    sharpnessOffset: 0,
    diversityWeight: 1,
    selfLabelling: { from: 800 / 850, threshold: [0.5, 0.6], balanceClasses: false },
  },
  build: twist,
});
