import { tf, type Scalar, type Tensor, type Variable } from '@fovea/tensorflow';
import type { Learner } from '@fovea/methods';
import type { Optimiser } from './optimisers/optimiser.ts';

/** Where views come from: any batch of any epoch, by number, so that a run can be resumed or repeated. */
export interface ViewSource {
  /** Shape of a batch: [views, images, height, width, 3]. */
  readonly shape: readonly [number, number, number, number, number];
  readonly stepsPerEpoch: number;
  /** The views of one step, normalised, in row-major order of `shape`. */
  batch(epoch: number, step: number): Float32Array;
}

/** A step that has been done. */
export interface StepReport {
  /** Steps done since the start, from 1. */
  readonly step: number;
  readonly steps: number;
  /** Epoch that the step belongs to, from 1. */
  readonly epoch: number;
  readonly loss: number;
  /** Images (not views) a second since the first step ended: that one pays for warming up. */
  readonly imagesPerSecond: number;
  /** Estimate of what remains, in seconds. */
  readonly secondsLeft: number;
}

/** An epoch that has been done. */
export interface EpochReport {
  readonly epoch: number;
  /** Mean loss over the epoch's steps. */
  readonly loss: number;
  /** Learning rate of its last step. */
  readonly learningRate: number;
}

/** What a run leaves beside the learner's new weights. */
export interface FitHistory {
  readonly epochs: readonly EpochReport[];
  /** Loss of every step. */
  readonly losses: Float64Array;
  readonly seconds: number;
  readonly imagesPerSecond: number;
  /** True when the last epoch's loss is that of a network whose embeddings are all alike. */
  readonly collapsed: boolean;
}

/** How to train. */
export interface FitOptions {
  readonly learner: Learner;
  readonly views: ViewSource;
  readonly epochs: number;
  readonly optimiser: Optimiser;
  /** Learning rate of a step, counted from 0. */
  readonly learningRate: (step: number, steps: number) => number;
  readonly onStep?: (report: StepReport) => void;
  readonly onEpoch?: (report: EpochReport) => void | Promise<void>;
}

const COLLAPSE_MARGIN = 1e-3; // relative distance from the collapsed loss below which a run counts as collapsed

/**
 * Trains a learner.
 *
 * Each step: the learner prepares (momentum encoders and the like), loss and gradients of one batch of views, optimiser.
 *
 * @throws Error at the first loss that is not finite, naming epoch and step; weights are then those before that step's update
 */
export async function fit(options: FitOptions): Promise<FitHistory> {
  const { learner, views, epochs, optimiser } = options;
  if (!Number.isInteger(epochs) || epochs < 1) {
    throw new RangeError(`fit: epochs must be a positive integer, got ${epochs}.`);
  }
  const steps = epochs * views.stepsPerEpoch;
  const losses = new Float64Array(steps);
  const reports: EpochReport[] = [];
  const clock = new Clock(views.shape[1]);

  for (let epoch = 0; epoch < epochs; epoch++) {
    for (let index = 0; index < views.stepsPerEpoch; index++) {
      const step = epoch * views.stepsPerEpoch + index;
      const rate = options.learningRate(step, steps);
      const loss = trainStep(learner, optimiser, views.batch(epoch, index), views.shape, rate, step / steps);
      if (!Number.isFinite(loss)) {
        throw new Error(
          `fit: the loss of ${learner.name} is ${loss} in epoch ${epoch + 1}, step ${index + 1} of ${views.stepsPerEpoch}` +
            ` (learning rate ${rate}). Lower the learning rate, or clip gradients.`,
        );
      }
      losses[step] = loss;
      clock.tick();
      const { rate: imagesPerSecond } = clock;
      const secondsLeft = ((steps - step - 1) * views.shape[1]) / imagesPerSecond;
      options.onStep?.({ step: step + 1, steps, epoch: epoch + 1, loss, imagesPerSecond, secondsLeft });
      await nextTurn();
    }
    const report = {
      epoch: epoch + 1,
      loss: mean(losses.subarray(epoch * views.stepsPerEpoch, (epoch + 1) * views.stepsPerEpoch)),
      learningRate: options.learningRate((epoch + 1) * views.stepsPerEpoch - 1, steps),
    };
    reports.push(report);
    await options.onEpoch?.(report);
  }

  const collapsedLoss = learner.collapsedLoss?.(views.shape[1]) ?? NaN;
  const collapsed = Math.abs(reports[epochs - 1].loss - collapsedLoss) < COLLAPSE_MARGIN * collapsedLoss;
  return { epochs: reports, losses, seconds: clock.seconds, imagesPerSecond: clock.rate, collapsed };
}

function trainStep(
  learner: Learner,
  optimiser: Optimiser,
  batch: Float32Array,
  shape: ViewSource['shape'],
  learningRate: number,
  progress: number,
): number {
  return tf.tidy(() => {
    const values = Object.entries(learner.schedules).map(([name, schedule]) => [
      name,
      tf.scalar(schedule(progress)),
    ]);
    learner.prepare(Object.fromEntries(values) as Record<string, Scalar>);
    const views_VBHWC: Tensor = tf.tensor(batch, [...shape]);
    const variables = [...learner.weights.values()];
    const { value, grads } = tf.variableGrads(() => learner.loss(views_VBHWC), variables);
    const loss = value.dataSync()[0];
    if (Number.isFinite(loss)) {
      optimiser.step(gradientsOf(learner.weights, grads), learner.weights, tf.scalar(learningRate));
    }
    return loss;
  });
}

/** Gradients under the learner's own names; tfjs numbers variables in order of creation. */
function gradientsOf(
  weights: ReadonlyMap<string, Variable>,
  gradients: Readonly<Record<string, Tensor>>,
): Map<string, Tensor> {
  return new Map([...weights].map(([name, variable]) => [name, gradients[variable.name]]));
}

function mean(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Lets timers, signals and messages through between two steps. */
function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

class Clock {
  readonly #images: number;
  readonly #start = performance.now();
  #firstEnd = 0;
  #steps = 0;

  constructor(imagesPerStep: number) {
    this.#images = imagesPerStep;
  }

  tick(): void {
    this.#steps++;
    if (this.#steps === 1) this.#firstEnd = performance.now();
  }

  get seconds(): number {
    return (performance.now() - this.#start) / 1000;
  }

  /** Images a second after the first step; of the first step while there is no other. */
  get rate(): number {
    const [from, steps] = this.#steps > 1 ? [this.#firstEnd, this.#steps - 1] : [this.#start, this.#steps];
    return (steps * this.#images) / ((performance.now() - from) / 1000);
  }
}
