import type { SafeTensor } from '@fovea/files';
import type { EpochReport, FitHistory, Series } from '../fit-options.ts';

interface OpenSeries {
  readonly name: string;
  readonly unit: string;
  readonly steps: number[];
  readonly values: number[];
}

const LOSSES = 'history/losses';

/** What a run has to tell so far; all of it goes into checkpoints and comes back unchanged. */
export class History {
  readonly #losses: Float64Array;
  readonly #units: Readonly<Record<string, string>>;
  readonly #series = new Map<string, OpenSeries>();
  readonly #warnings: string[] = [];
  readonly epochs: EpochReport[] = [];
  /** Seconds of the run before this process. */
  seconds = 0;

  constructor(steps: number, units: Readonly<Record<string, string>>) {
    this.#losses = new Float64Array(steps);
    this.#units = units;
  }

  /** Notes a step; steps count from 1. */
  add(step: number, loss: number, metrics: Readonly<Record<string, number>>): void {
    this.#losses[step - 1] = loss;
    for (const [name, value] of Object.entries(metrics))
      this.note(name, this.#units[name] ?? '1', step, value);
  }

  /** Notes a figure. */
  note(name: string, unit: string, step: number, value: number): void {
    let series = this.#series.get(name);
    if (series === undefined) this.#series.set(name, (series = { name, unit, steps: [], values: [] }));
    series.steps.push(step);
    series.values.push(value);
  }

  warn(warning: string): void {
    this.#warnings.push(warning);
  }

  /** Ends an epoch, counted from 1. */
  endEpoch(epoch: number, perEpoch: number, learningRate: number): EpochReport {
    const losses = this.#losses.subarray((epoch - 1) * perEpoch, epoch * perEpoch);
    const loss = losses.reduce((sum, value) => sum + value, 0) / perEpoch;
    const report = { epoch, loss, learningRate };
    this.epochs.push(report);
    return report;
  }

  /** Mean of a figure over the last epoch; NaN where it was never taken. */
  lastMean(name: string, perEpoch: number): number {
    const last = this.epochs[this.epochs.length - 1];
    if (name === 'loss') return last.loss;
    const { steps, values } = this.#series.get(name) ?? { steps: [], values: [] };
    const recent = values.filter((_, index) => steps[index] > (last.epoch - 1) * perEpoch);
    return recent.reduce((sum, value) => sum + value, 0) / recent.length;
  }

  get warnings(): readonly string[] {
    return this.#warnings;
  }

  get series(): readonly Series[] {
    return [...this.#series.values()];
  }

  /** The parts of `FitHistory` that this holds. */
  report(): Pick<FitHistory, 'epochs' | 'losses' | 'series' | 'warnings'> {
    return { epochs: this.epochs, losses: this.#losses, series: this.series, warnings: this.#warnings };
  }

  /** Numbers of the first `step` steps as tensors of double precision. */
  toTensors(step: number): Map<string, SafeTensor> {
    const doubles = (data: Float64Array): SafeTensor => ({ dtype: 'F64', shape: [data.length], data });
    const tensors = new Map([[LOSSES, doubles(this.#losses.slice(0, step))]]);
    this.series.forEach(({ steps, values }, index) => {
      tensors.set(`history/${index}/steps`, doubles(Float64Array.from(steps)));
      tensors.set(`history/${index}/values`, doubles(Float64Array.from(values)));
    });
    return tensors;
  }

  /** Takes back what `toTensors` and the position of a checkpoint hold. */
  restore(
    tensors: ReadonlyMap<string, SafeTensor>,
    position: {
      readonly epochs: readonly EpochReport[];
      readonly series: readonly { readonly name: string; readonly unit: string }[];
      readonly warnings: readonly string[];
      readonly seconds: number;
    },
  ): void {
    const numbers = (name: string): number[] => Array.from(tensors.get(name)?.data ?? [], Number);
    this.#losses.set(numbers(LOSSES));
    position.series.forEach(({ name, unit }, index) => {
      const [steps, values] = [numbers(`history/${index}/steps`), numbers(`history/${index}/values`)];
      this.#series.set(name, { name, unit, steps, values });
    });
    this.epochs.push(...position.epochs);
    this.#warnings.push(...position.warnings);
    this.seconds = position.seconds;
  }
}
