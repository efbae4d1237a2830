import {
  compile,
  keyTensor,
  tf,
  type CompiledStep,
  type Scalar,
  type Tensor,
  type Variable,
} from '@fovea/tensorflow';
import type { Learner, ViewBatch } from '@fovea/methods';
import { fold, type Key } from '@fovea/random';
import { clipGradNorm } from './optimisers/clip-grad-norm.ts';
import type { Optimiser } from './optimisers/optimiser.ts';

/** Where views come from: any batch of any epoch, by number, so that a run can be resumed or repeated. */
export interface ViewSource {
  /** Images of a batch. */
  readonly images: number;
  readonly stepsPerEpoch: number;
  /** The views of one step, normalised, and what the learner needs beside them. */
  batch(epoch: number, step: number): SourceBatch | Promise<SourceBatch>;
}

/** A batch as typed arrays, in row-major order of their shapes; `ViewBatch` says what is what. */
export interface SourceBatch {
  readonly views: readonly SourceArray[];
  readonly extras?: Readonly<Record<string, SourceArray>>;
}

/** A typed array with its shape: float32, or int32 for numbers of images. */
export interface SourceArray {
  readonly data: Float32Array | Int32Array;
  readonly shape: readonly number[];
}

/** A step that has been done. */
export interface StepReport {
  /** Steps done since the start, from 1. */
  readonly step: number;
  readonly steps: number;
  /** Epoch that the step belongs to, from 1. */
  readonly epoch: number;
  readonly loss: number;
  /** The learner's own figures of this step. */
  readonly metrics: Readonly<Record<string, number>>;
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
  /** Randomness inside of the learner's steps. */
  readonly key: Key;
  /** Learning rate of a step, counted from 0. */
  readonly learningRate: (step: number, steps: number) => number;
  /** Largest global norm of a step's gradients, > 0; default: no limit. */
  readonly clipNorm?: number;
  readonly onStep?: (report: StepReport) => void;
  readonly onEpoch?: (report: EpochReport) => void | Promise<void>;
}

type Update = CompiledStep<
  [batch: ViewBatch, key: Tensor, learningRate: Scalar, values: Record<string, Scalar>],
  { loss: Scalar; metrics: Record<string, Scalar> }
>;

const COLLAPSE_MARGIN = 1e-3; // relative distance from the collapsed loss below which a run counts as collapsed

/**
 * Trains a learner.
 *
 * Each step: the learner prepares (momentum encoders and the like), loss and gradients of one batch of views, optimiser; all of it one
 * graph of TensorFlow, recorded at the first step. `FOVEA_EAGER=1` runs it op by op.
 *
 * @throws Error at the first loss that is not finite, naming epoch and step; that step's update has spoilt the weights by then
 */
export async function fit(options: FitOptions): Promise<FitHistory> {
  const { learner, epochs, optimiser, clipNorm = Infinity } = options;
  if (!Number.isInteger(epochs) || epochs < 1) {
    throw new RangeError(`fit: epochs must be a positive integer, got ${epochs}.`);
  }
  if (!(clipNorm > 0)) throw new RangeError(`fit: clipNorm must be > 0, got ${clipNorm}.`);
  const update = compileStep(learner, optimiser, clipNorm);
  try {
    return await runEpochs(options, update);
  } finally {
    update.dispose();
  }
}

async function runEpochs(options: FitOptions, update: Update): Promise<FitHistory> {
  const { learner, views, epochs } = options;
  const steps = epochs * views.stepsPerEpoch;
  const losses = new Float64Array(steps);
  const reports: EpochReport[] = [];
  const clock = new Clock(views.images);

  for (let epoch = 0; epoch < epochs; epoch++) {
    for (let index = 0; index < views.stepsPerEpoch; index++) {
      const step = epoch * views.stepsPerEpoch + index;
      const rate = options.learningRate(step, steps);
      const values = scheduled(learner, step / steps);
      const batch = await views.batch(epoch, index);
      if (step === 0) checkNeeds(learner, batch);
      const { loss, metrics } = runStep(update, batch, fold(options.key, step), rate, values);
      if (!Number.isFinite(loss)) {
        throw new Error(
          `fit: the loss of ${learner.name} is ${loss} in epoch ${epoch + 1}, step ${index + 1} of ${views.stepsPerEpoch}` +
            ` (learning rate ${rate}). Lower the learning rate, or clip gradients.`,
        );
      }
      losses[step] = loss;
      clock.tick();
      const { rate: imagesPerSecond } = clock;
      const secondsLeft = ((steps - step - 1) * views.images) / imagesPerSecond;
      options.onStep?.({
        step: step + 1,
        steps,
        epoch: epoch + 1,
        loss,
        metrics,
        imagesPerSecond,
        secondsLeft,
      });
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

  const collapsedLoss = learner.collapsedLoss?.(views.images) ?? NaN;
  const collapsed = Math.abs(reports[epochs - 1].loss - collapsedLoss) < COLLAPSE_MARGIN * collapsedLoss;
  return { epochs: reports, losses, seconds: clock.seconds, imagesPerSecond: clock.rate, collapsed };
}

/** One update as a graph: batch, key, learning rate and scheduled values in, loss and metrics out. */
function compileStep(learner: Learner, optimiser: Optimiser, clipNorm: number): Update {
  const variables = [...learner.weights.values()];
  return compile(
    (batch: ViewBatch, key: Tensor, learningRate: Scalar, values: Record<string, Scalar>) => {
      const context = { values, key };
      const targets = learner.prepare?.(batch, context) ?? {};
      const kept: { metrics: Record<string, Scalar>; carry: Record<string, Tensor> } = {
        metrics: {},
        carry: {},
      };
      const { value, grads } = tf.variableGrads(() => {
        const { loss, carry = {}, metrics = {} } = learner.loss(batch, targets, context);
        kept.carry = mapValues(carry, (tensor) => tf.keep(tf.clone(tensor)));
        kept.metrics = mapValues(metrics, (scalar) => tf.keep(tf.clone(scalar)));
        return loss;
      }, variables);
      const gradients = gradientsOf(learner.weights, grads);
      const clipped = clipNorm === Infinity ? gradients : clipGradNorm(gradients, clipNorm).gradients;
      optimiser.step(clipped, learner.weights, learningRate);
      learner.commit?.(targets, kept.carry, context);
      const metrics = mapValues(kept.metrics, (scalar) => tf.clone(scalar));
      tf.dispose([kept.carry, kept.metrics]);
      return { loss: value, metrics };
    },
    { name: `${learner.name} step` },
  );
}

function runStep(
  step: Update,
  batch: SourceBatch,
  key: Key,
  learningRate: number,
  values: Record<string, number>,
): { loss: number; metrics: Record<string, number> } {
  return tf.tidy(() => {
    const tensors = { views: batch.views.map(tensorOf), extras: mapValues(batch.extras ?? {}, tensorOf) };
    const { loss, metrics } = step(tensors, keyTensor(key), learningRate, values);
    return { loss: loss.dataSync()[0], metrics: mapValues(metrics, (scalar) => scalar.dataSync()[0]) };
  });
}

function tensorOf({ data, shape }: SourceArray): Tensor {
  return tf.tensor(data, [...shape], data instanceof Int32Array ? 'int32' : 'float32');
}

function checkNeeds(learner: Learner, { extras = {} }: SourceBatch): void {
  const lacking = learner.needs.filter((name) => !(name in extras));
  if (lacking.length > 0) {
    const given = Object.keys(extras).join(', ') || 'none';
    throw new Error(
      `fit: ${learner.name} needs ${lacking.join(' and ')} beside the views, and the view source gives ${given}.`,
    );
  }
}

function mapValues<A, B>(record: Readonly<Record<string, A>>, change: (value: A) => B): Record<string, B> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, change(value)]));
}

function scheduled({ schedules }: Learner, progress: number): Record<string, number> {
  return Object.fromEntries(Object.entries(schedules).map(([name, schedule]) => [name, schedule(progress)]));
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
