import type { Learner } from '@fovea/methods';
import type { Key } from '@fovea/random';
import type { CheckpointOptions } from './checkpoint/checkpoint-folder.ts';
import type { MonitorOptions } from './monitor/collapse-monitor.ts';
import type { Optimiser } from './optimisers/optimiser.ts';

/** Where views come from: any batch of any epoch, by number, so that a run can be resumed or repeated. */
export interface ViewSource {
  /** Images of a batch. */
  readonly images: number;
  readonly stepsPerEpoch: number;
  /**
   * The views of one step, normalised, and what the learner needs beside them.
   *
   * Batches are asked for in order, `ahead` of them before they are used: a promise of a worker's result costs training no time.
   */
  batch(epoch: number, step: number): SourceBatch | Promise<SourceBatch>;
  /**
   * How many batches may be asked for before the first of them is used; default 1. Each needs memory of its own beyond 1. With 0 a batch is asked
   * for when the steps before it are done, for views that depend on the network.
   */
  readonly ahead?: number;
  /**
   * True where the source never writes into an array again once it has given it away: `fit` then reads from the arrays themselves, and saves
   * a copy of every batch. Default false: arrays are copied before the next batch is asked for.
   */
  readonly givesArraysAway?: boolean;
}

/** A batch as typed arrays, in row-major order of their shapes; `ViewBatch` says what is what. */
export interface SourceBatch {
  readonly views: readonly SourceArray[];
  readonly extras?: Readonly<Record<string, SourceArray>>;
}

/** A typed array with its shape: float32, or int32 for numbers of images; `givesArraysAway` says when it may be written to again. */
export interface SourceArray {
  readonly data: Float32Array | Int32Array;
  readonly shape: readonly number[];
}

/** A value as a function of the steps done, of so many in all. */
export type StepFunction = (step: number, steps: number) => number;

/** Weights with schedules of their own. */
export interface ParameterGroup {
  readonly name: string;
  /** Whether a weight belongs to the group; the first group that takes a weight has it. */
  readonly of: (weight: string) => boolean;
  /** In place of the run's learning rate; 0 freezes. */
  readonly learningRate?: StepFunction;
  /** In place of the run's weight decay. */
  readonly weightDecay?: StepFunction;
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

/** One figure over training. */
export interface Series {
  readonly name: string;
  /** `1` for what has no unit. */
  readonly unit: string;
  /** Steps done when a value was taken, ascending. */
  readonly steps: readonly number[];
  readonly values: readonly number[];
}

/** What a run leaves beside the learner's new weights. */
export interface FitHistory {
  readonly epochs: readonly EpochReport[];
  /** Loss of every step. */
  readonly losses: Float64Array;
  /** The learner's metrics and the collapse monitors (`collapse/…`), by step. */
  readonly series: readonly Series[];
  /** Sentences about what looks wrong, each with its step. */
  readonly warnings: readonly string[];
  readonly seconds: number;
  readonly imagesPerSecond: number;
  /** Share of the time after the first step that training waited for batches, in [0, 1]. */
  readonly waiting: number;
  /** Steps that a checkpoint had done already; 0 for a run from the start. */
  readonly resumedAt: number;
  /** True when the last epoch's loss is that of a network whose embeddings are all alike. */
  readonly collapsed: boolean;
}

/** Functions that a run calls; each may be absent. */
export interface FitCallbacks {
  readonly onStep?: (report: StepReport) => void;
  readonly onEpoch?: (report: EpochReport) => void | Promise<void>;
  readonly onWarning?: (warning: string) => void;
}

/** How to train. */
export interface FitOptions extends FitCallbacks {
  readonly learner: Learner;
  readonly views: ViewSource;
  readonly epochs: number;
  readonly optimiser: Optimiser;
  /** Randomness inside of the learner's steps. */
  readonly key: Key;
  /** Learning rate of a step, counted from 0. */
  readonly learningRate: StepFunction;
  /** Weight decay of a step in place of the optimiser's own. */
  readonly weightDecay?: StepFunction;
  /** Weights with schedules of their own. */
  readonly groups?: readonly ParameterGroup[];
  /** Largest global norm of a step's gradients, > 0; default: no limit. */
  readonly clipNorm?: number;
  /**
   * Batches a step whose gradients are averaged, >= 1; default 1. An epoch has floor(stepsPerEpoch / accumulate) steps. Every batch is
   * prepared and committed on its own: a momentum encoder moves, and a queue takes in, with each.
   */
  readonly accumulate?: number;
  /** Collapse monitors; default: once an epoch. `false` turns them off. */
  readonly monitor?: MonitorOptions | false;
  /** Where to save, and to resume from. */
  readonly checkpoints?: CheckpointOptions;
  /** Further observers, called in order after `onStep` and the like. */
  readonly callbacks?: readonly FitCallbacks[];
  /** Ends the run between two steps, after a last checkpoint, with the signal's reason. */
  readonly signal?: AbortSignal;
}
