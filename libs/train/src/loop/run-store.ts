import { CheckpointFolder } from '../checkpoint/checkpoint-folder.ts';
import type { Checkpoint, RunIdentity } from '../checkpoint/checkpoint.ts';
import { assignTensors, runVariables, toTensors } from '../checkpoint/run-tensors.ts';
import type { FitOptions } from '../fit-options.ts';
import type { History } from './history.ts';

/** Saves a run and takes it up again; without checkpoints it does nothing. */
export class RunStore {
  readonly #options: FitOptions;
  readonly #history: History;
  readonly #perEpoch: number;
  readonly #steps: number;
  readonly #folder: CheckpointFolder | null;
  #best: number | null = null;

  constructor(options: FitOptions, history: History, perEpoch: number, steps: number) {
    this.#options = options;
    this.#history = history;
    this.#perEpoch = perEpoch;
    this.#steps = steps;
    this.#folder = options.checkpoints ? new CheckpointFolder(options.checkpoints) : null;
  }

  /**
   * Restores the newest checkpoint.
   *
   * @returns steps that are done
   * @throws Error for a checkpoint that is damaged or of another run
   */
  resume(): number {
    const found = this.#folder?.newest() ?? null;
    if (found === null) return 0;
    const { path, checkpoint } = found;
    if (this.#options.checkpoints?.resume === false) {
      throw new Error(`fit: ${path} exists already. Choose another folder, or let the run resume from it.`);
    }
    const { tensors, position } = checkpoint;
    checkSameRun(path, position.run, this.#identity());
    const { learner, optimiser } = this.#options;
    optimiser.initialise(learner.weights);
    const isHistory = (name: string): boolean => name.startsWith('history/');
    const [past, state] = [new Map(tensors), new Map(tensors)];
    for (const name of tensors.keys()) (isHistory(name) ? state : past).delete(name);
    assignTensors(`fit: ${path}`, runVariables(learner, optimiser), state);
    this.#history.restore(past, position);
    this.#best = position.best;
    return position.step;
  }

  /** Saves the run after so many steps. */
  save(step: number, seconds: number): void {
    this.#folder?.write(this.#checkpoint(step, seconds));
  }

  /** Keeps the epoch that has just ended if it is the best so far. */
  saveBest(step: number, perEpoch: number, seconds: number): void {
    const { best } = this.#options.checkpoints ?? {};
    if (best === undefined) return;
    const value = this.#history.lastMean(best.metric, perEpoch);
    if (!Number.isFinite(value)) {
      const names = ['loss', ...this.#history.series.map(({ name }) => name)].join(', ');
      throw new Error(
        `fit: checkpoints.best has no figure "${best.metric}" in this epoch; there are ${names}.`,
      );
    }
    const sign = best.better === 'lower' ? -1 : 1;
    if (this.#best !== null && sign * value <= sign * this.#best) return;
    this.#best = value;
    this.#folder?.writeBest(this.#checkpoint(step, seconds));
  }

  #checkpoint(step: number, seconds: number): Checkpoint {
    const { learner, optimiser, accumulate = 1, learningRate, weightDecay } = this.#options;
    const next = Math.min(step, this.#steps - 1);
    const scheduled = Object.entries(learner.schedules).map(
      ([name, schedule]) => [name, schedule(next / this.#steps)] as const,
    );
    return {
      tensors: new Map([...toTensors(runVariables(learner, optimiser)), ...this.#history.toTensors(step)]),
      position: {
        run: this.#identity(),
        step,
        steps: this.#steps,
        loader: {
          epoch: Math.floor(step / this.#perEpoch),
          batch: (step % this.#perEpoch) * accumulate,
        },
        schedules: {
          learningRate: learningRate(next, this.#steps),
          ...(weightDecay && { weightDecay: weightDecay(next, this.#steps) }),
          ...Object.fromEntries(scheduled),
        },
        seconds,
        epochs: this.#history.epochs,
        series: this.#history.series.map(({ name, unit }) => ({ name, unit })),
        warnings: this.#history.warnings,
        best: this.#best,
      },
    };
  }

  #identity(): RunIdentity {
    const { learner, key, epochs, views, accumulate = 1, checkpoints } = this.#options;
    return {
      learner: learner.name,
      identity: checkpoints?.identity ?? '',
      key: [key[0], key[1]],
      epochs,
      stepsPerEpoch: views.stepsPerEpoch,
      images: views.images,
      accumulate,
    };
  }
}

function checkSameRun(path: string, theirs: RunIdentity, ours: RunIdentity): void {
  const different = (Object.keys(ours) as (keyof RunIdentity)[]).filter(
    (field) => JSON.stringify(theirs[field]) !== JSON.stringify(ours[field]),
  );
  if (different.length > 0) {
    const details = different.map(
      (field) =>
        `${field} ${JSON.stringify(theirs[field])} where this run has ${JSON.stringify(ours[field])}`,
    );
    throw new Error(`fit: ${path} belongs to another run: ${details.join('; ')}. Choose another folder.`);
  }
}
