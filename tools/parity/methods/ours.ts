import { CIFAR_EVALUATION, evaluationBatch, makeViews } from '@fovea/augment';
import type { Backbone } from '@fovea/backbones';
import type { ImageSet } from '@fovea/data';
import type { SafeTensor } from '@fovea/files';
import type { Learner } from '@fovea/methods';
import { fold, key, permutation, type Key } from '@fovea/random';
import { cosineSchedule, extractFeatures, fit, sgd, type Schedule, type ViewSource } from '@fovea/train';
import type { ParityMethod } from './recipes.ts';
import type { SCALE } from './recipes.ts';

/** What either side's run leaves behind. */
export interface RunOutcome {
  /** Loss of every step. */
  readonly losses: readonly number[];
  /** Of training, without evaluation. */
  readonly seconds: number;
  /** Pooled features in evaluation mode, row after row. */
  readonly train: Float32Array;
  readonly test: Float32Array;
}

/** Images of a run. */
export interface ParityData {
  readonly train: ImageSet;
  readonly test: ImageSet;
}

type Scale = typeof SCALE;

/** Steps of a run and the learning rate of each, for both sides. */
export function rates(scale: Scale): number[] {
  const stepsPerEpoch = Math.floor(scale.trainImages / scale.batch);
  const steps = scale.epochs * stepsPerEpoch;
  if (steps === 0) return [];
  const rate: Schedule = cosineSchedule({
    base: scale.learningRate,
    final: 0,
    steps,
    warmupSteps: scale.warmupEpochs * stepsPerEpoch,
  });
  return Array.from({ length: steps }, (_, step) => rate(step));
}

/** Trains our learner of a method; with no epochs, the features of its untrained network. */
export async function trainOurs(
  method: ParityMethod,
  scale: Scale,
  seed: number,
  data: ParityData,
): Promise<RunOutcome> {
  const root = key(seed);
  const learner = learnerOf(method, seed);
  const optimiser = sgd({ momentum: scale.sgdMomentum, weightDecay: scale.weightDecay });
  const each = rates(scale);
  try {
    const history =
      each.length === 0
        ? { losses: [], seconds: 0 }
        : await fit({
            learner,
            views: viewsOf(method, scale, data.train, fold(root, 'views')),
            epochs: scale.epochs,
            optimiser,
            key: fold(root, 'steps'),
            learningRate: (step) => each[step],
            onEpoch: ({ epoch, loss }) => console.error(`  epoch ${epoch}: loss ${loss.toFixed(4)}`),
          });
    return {
      losses: [...history.losses],
      seconds: history.seconds,
      train: featuresOf(learner.backbone, data.train),
      test: featuresOf(learner.backbone, data.test),
    };
  } finally {
    learner.dispose();
    optimiser.dispose();
  }
}

function viewsOf({ views }: ParityMethod, { batch }: Scale, train: ImageSet, own: Key): ViewSource {
  return {
    images: batch,
    stepsPerEpoch: Math.floor(train.length / batch),
    batch: (epoch, step) => {
      const epochKey = fold(own, epoch);
      const order = permutation(fold(epochKey, 'order'), train.length);
      const chosen = order.subarray(step * batch, (step + 1) * batch);
      return { views: [makeViews(train, chosen, views, fold(epochKey, 'views'))] };
    },
  };
}

/** First weights of what a learner trains, and its queue, for PyTorch's side; second networks start as copies. */
export function startOf(learner: Learner): Map<string, SafeTensor> {
  const queue = learner.state.get('queue');
  const all = [...learner.weights, ...(queue ? [['queue', queue] as const] : [])];
  return new Map(
    all.map(([name, variable]) => [
      `initial.${name}`,
      { dtype: 'F32', shape: variable.shape, data: Float32Array.from(variable.dataSync()) },
    ]),
  );
}

/** The learner that a seed gives: both sides start from its weights. */
export function learnerOf(method: ParityMethod, seed: number): Learner {
  return method.learner(fold(key(seed), 'learner'));
}

/** Pooled features in evaluation mode, row after row. */
export function featuresOf(backbone: Backbone, images: ImageSet): Float32Array {
  return extractFeatures(backbone, images.length, 250, (from, to) => {
    const range = Int32Array.from({ length: to - from }, (_, index) => from + index);
    return evaluationBatch(images, range, CIFAR_EVALUATION);
  });
}
