import type { Backbone } from '@fovea/backbones';
import type { Scalar, Tensor, Variable } from '@fovea/tensorflow';

/** A self-supervised method at work: its networks, its state and the loss of one batch of views. */
export interface Learner {
  readonly name: string;
  /** The network whose features are evaluated: the teacher's where the method says so. */
  readonly backbone: Backbone;
  /** What the optimiser trains, by name. */
  readonly weights: ReadonlyMap<string, Variable>;
  /** Everything that a checkpoint must hold: weights, running statistics, teachers, queues, centres. */
  readonly state: ReadonlyMap<string, Variable>;
  /** Values that change over training and that `prepare` wants, as functions of the share of training done, in [0, 1]. */
  readonly schedules: Readonly<Record<string, (progress: number) => number>>;
  /**
   * Updates the method's own state ahead of the loss (a momentum encoder, say), outside of gradient recording.
   *
   * @param values - the schedules' values at this step, as scalars
   */
  prepare(values: Readonly<Record<string, Scalar>>): void;
  /** Loss of views [V, B, H, W, 3]; row order of everything inside is view-major. */
  loss(views_VBHWC: Tensor): Scalar;
  /** Loss of a network whose embeddings are all alike, for a batch of B images: a run that settles there has collapsed. */
  collapsedLoss?(batch: number): number;
  /** Frees every variable. */
  dispose(): void;
}
