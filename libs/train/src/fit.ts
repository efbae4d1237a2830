import { fold } from '@fovea/random';
import type { Learner, ViewBatch } from '@fovea/methods';
import type { EpochReport, FitHistory, FitOptions } from './fit-options.ts';
import { BatchQueue, disposeBatch } from './loop/batch-queue.ts';
import { Clock } from './loop/clock.ts';
import { History } from './loop/history.ts';
import { RunStore } from './loop/run-store.ts';
import { UpdateStep, type StepResult } from './loop/update-step.ts';
import { collapseWarning, lookAtEmbeddings } from './monitor/collapse-monitor.ts';

const COLLAPSE_MARGIN = 1e-3; // relative distance from the collapsed loss below which a run counts as collapsed

/**
 * Trains a learner.
 *
 * Each step: the learner prepares (momentum encoders and the like), loss and gradients of one batch of views, optimiser; all of it one
 * graph of TensorFlow, recorded at the first step, while the view source works on the next batch. `FOVEA_EAGER=1` runs it op by op.
 *
 * With `checkpoints`, a run that was killed at any moment goes on from the newest checkpoint, and ends with the same bits as one that
 * never stopped: batches, keys and schedules are functions of the step's number, and all else is in the checkpoint.
 *
 * @throws Error at the first loss that is not finite, naming epoch and step; that step's update has spoilt the weights by then
 * @throws Error for a checkpoint that is damaged or of another run, with the reason
 *
 * @example
 * const optimiser = sgd({ momentum: 0.9 });
 * const history = await fit({ learner, views, key: key(0), epochs: 100, optimiser, learningRate: () => 0.05 });
 */
export async function fit(options: FitOptions): Promise<FitHistory> {
  checkOptions(options);
  const update = new UpdateStep(options);
  try {
    return await new Run(options, update).complete();
  } finally {
    update.dispose();
  }
}

class Run {
  readonly #options: FitOptions;
  readonly #update: UpdateStep;
  readonly #history: History;
  readonly #store: RunStore;
  readonly #clock: Clock;
  readonly #batches: BatchQueue;
  readonly #accumulate: number;
  readonly #perEpoch: number;
  readonly #steps: number;
  readonly #from: number;

  constructor(options: FitOptions, update: UpdateStep) {
    const { views, epochs, learner, accumulate = 1 } = options;
    this.#options = options;
    this.#update = update;
    this.#accumulate = accumulate;
    this.#perEpoch = Math.floor(views.stepsPerEpoch / accumulate);
    this.#steps = epochs * this.#perEpoch;
    this.#history = new History(this.#steps, learner.units ?? {});
    this.#store = new RunStore(options, this.#history, this.#perEpoch, this.#steps);
    this.#from = this.#store.resume();
    this.#clock = new Clock(views.images * accumulate, this.#history.seconds);
    const batches = this.#perEpoch * accumulate;
    this.#batches = new BatchQueue(
      views,
      this.#clock,
      batches,
      this.#from * accumulate,
      this.#steps * accumulate,
    );
  }

  async complete(): Promise<FitHistory> {
    const { signal } = this.#options;
    for (let step = this.#from; step < this.#steps; step++) {
      if (signal?.aborted === true) {
        this.#save(step);
        signal.throwIfAborted();
      }
      await this.#step(step);
      await nextTurn();
    }
    const { learner, views } = this.#options;
    const { epochs } = this.#history;
    const collapsedLoss = learner.collapsedLoss?.(views.images) ?? NaN;
    const distance = Math.abs(epochs[epochs.length - 1].loss - collapsedLoss);
    return {
      ...this.#history.report(),
      seconds: this.#clock.seconds,
      imagesPerSecond: this.#clock.rate,
      waiting: this.#clock.waiting,
      resumedAt: this.#from,
      collapsed: distance < COLLAPSE_MARGIN * collapsedLoss,
    };
  }

  async #step(step: number): Promise<void> {
    const { epochs, checkpoints } = this.#options;
    const { loss, metrics, batch } = await this.#train(step);
    const endsEpoch = (step + 1) % this.#perEpoch === 0;
    const epoch = Math.floor(step / this.#perEpoch) + 1;
    try {
      this.#checkFinite(step, loss);
      this.#history.add(step + 1, loss, metrics);
      this.#clock.tick();
      this.#look(step + 1, endsEpoch, batch);
    } finally {
      disposeBatch(batch);
    }
    const { rate: imagesPerSecond } = this.#clock;
    const left = (this.#steps - step - 1) * this.#options.views.images * this.#accumulate;
    this.#call('onStep', {
      step: step + 1,
      steps: this.#steps,
      epoch,
      loss,
      metrics,
      imagesPerSecond,
      secondsLeft: left / imagesPerSecond,
    });
    if (endsEpoch) {
      const report = this.#history.endEpoch(epoch, this.#perEpoch, this.#learningRate(step));
      await this.#callEpoch(report);
    }
    const { everySteps = Infinity, everyEpochs = 1 } = checkpoints ?? {};
    const isDue = endsEpoch ? epoch % everyEpochs === 0 || epoch === epochs : (step + 1) % everySteps === 0;
    if (isDue) this.#save(step + 1);
    if (endsEpoch) this.#store.saveBest(step + 1, this.#perEpoch, this.#clock.seconds);
  }

  /** Runs the batches of one step; returns the mean of their figures, and the last batch, which the caller frees. */
  async #train(step: number): Promise<StepResult & { batch: ViewBatch }> {
    const { learner, key } = this.#options;
    const results: StepResult[] = [];
    for (let part = 0; ; part++) {
      const batch = await this.#batches.take(learner);
      const last = part === this.#accumulate - 1;
      const stepKey = fold(key, step);
      try {
        const partKey = this.#accumulate === 1 ? stepKey : fold(stepKey, part);
        results.push(this.#update.run(batch, partKey, step, this.#steps, last));
      } catch (error) {
        disposeBatch(batch);
        throw error;
      }
      if (last) return { ...meanOf(results), batch };
      disposeBatch(batch);
    }
  }

  #look(step: number, endsEpoch: boolean, batch: ViewBatch): void {
    const { monitor = {}, learner } = this.#options;
    if (monitor === false) return;
    const { everySteps, images } = monitor;
    if (everySteps === undefined ? !endsEpoch : step % everySteps !== 0) return;
    const figures = lookAtEmbeddings(learner, batch, images);
    for (const [name, value] of Object.entries<number>({ ...figures }))
      this.#history.note(`collapse/${name}`, '1', step, value);
    const sign = collapseWarning(figures);
    if (sign === null) return;
    const warning = `step ${step}: ${sign}`;
    this.#history.warn(warning);
    this.#call('onWarning', warning);
  }

  #save(step: number): void {
    this.#store.save(step, this.#clock.seconds);
  }

  #checkFinite(step: number, loss: number): void {
    if (Number.isFinite(loss)) return;
    const { learner } = this.#options;
    throw new Error(
      `fit: the loss of ${learner.name} is ${loss} in epoch ${Math.floor(step / this.#perEpoch) + 1}, ` +
        `step ${(step % this.#perEpoch) + 1} of ${this.#perEpoch} (learning rate ${this.#learningRate(step)})` +
        `${describeWeights(learner)}. Lower the learning rate, or clip gradients.`,
    );
  }

  #learningRate(step: number): number {
    return this.#options.learningRate(step, this.#steps);
  }

  #call<K extends 'onStep' | 'onWarning'>(name: K, value: Parameters<NonNullable<FitOptions[K]>>[0]): void {
    for (const callbacks of [this.#options, ...(this.#options.callbacks ?? [])]) {
      (callbacks[name] as ((value: unknown) => void) | undefined)?.(value);
    }
  }

  async #callEpoch(report: EpochReport): Promise<void> {
    for (const { onEpoch } of [this.#options, ...(this.#options.callbacks ?? [])]) await onEpoch?.(report);
  }
}

function checkOptions(options: FitOptions): void {
  const { epochs, clipNorm = Infinity, accumulate = 1, views, checkpoints, monitor, groups = [] } = options;
  const { everySteps = 1, everyEpochs = 1 } = checkpoints ?? {};
  const { everySteps: lookEvery = 1, images = 2 } = monitor || {};
  for (const [name, value] of Object.entries({
    epochs,
    accumulate,
    'checkpoints.everySteps': everySteps,
    'checkpoints.everyEpochs': everyEpochs,
    'monitor.everySteps': lookEvery,
    'monitor.images': images,
    'views.ahead + 1': (views.ahead ?? 1) + 1,
  })) {
    if (!Number.isInteger(value) || value < 1) {
      throw new RangeError(`fit: ${name} must be a positive integer, got ${value}.`);
    }
  }
  if (!(clipNorm > 0)) throw new RangeError(`fit: clipNorm must be > 0, got ${clipNorm}.`);
  if (views.stepsPerEpoch < accumulate) {
    throw new RangeError(
      `fit: ${views.stepsPerEpoch} batches an epoch are fewer than accumulate (${accumulate}).`,
    );
  }
  const names = groups.map(({ name }) => name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw new Error(`fit: two groups are named "${twice}".`);
}

/** Names a weight that is not finite, if there is one. */
function describeWeights({ weights }: Learner): string {
  const bad = [...weights].find(([, weight]) => !weight.dataSync().every(Number.isFinite));
  return bad === undefined ? '' : `; weight "${bad[0]}" is not finite after it`;
}

function meanOf(results: readonly StepResult[]): StepResult {
  if (results.length === 1) return results[0];
  const mean = (of: (result: StepResult) => number): number =>
    results.reduce((sum, result) => sum + of(result), 0) / results.length;
  const names = Object.keys(results[0].metrics);
  return {
    loss: mean(({ loss }) => loss),
    metrics: Object.fromEntries(names.map((name) => [name, mean(({ metrics }) => metrics[name])])),
  };
}

/** Lets timers, signals and messages through between two steps. */
function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
