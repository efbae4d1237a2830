import type { Backbone } from '@fovea/backbones';
import type { Scalar, Tensor, Tensor2D, Variable } from '@fovea/tensorflow';
import type { Encoder } from './encoder.ts';

/** One batch of training, as tensors. */
export interface ViewBatch {
  /** One tensor a resolution, [V, B, H, W, 3]: the global views first, then the local ones. Row order inside is view-major. */
  readonly views: readonly Tensor[];
  /** What the learner's `needs` name, by that name; see `BatchExtra`. */
  readonly extras: Readonly<Record<string, Tensor>>;
}

/**
 * What a learner may ask for beside the views. V counts the views of all resolutions, in their order.
 *
 * | name    | tensor                     | meaning                                                                    |
 * | ------- | -------------------------- | -------------------------------------------------------------------------- |
 * | `index` | int32 [B]                  | number of the image in its set (memory banks)                              |
 * | `boxes` | float32 [V, B, 4]          | crop y1, x1, y2, x2 as shares of the source image (dense correspondence)   |
 * | `flips` | float32 [V, B]             | 1 where the view is mirrored                                               |
 * | `scores`| float32 [V, B]             | mean saliency of the crop, in [0, 1] (SGCL)                                |
 * | `masks` | float32 [V, B, H, W]       | saliency of the global views' pixels, in [0, 1] (CAST, DiDA against masks) |
 * | `masked`| float32 [V, B, H, W, 3]    | the global views without their salient region (VDA, DiDA)                  |
 */
export type BatchExtra = 'index' | 'boxes' | 'flips' | 'scores' | 'masks' | 'masked';

/** What changes from step to step beside the batch. */
export interface StepContext {
  /** The values of `schedules` at this step. */
  readonly values: Readonly<Record<string, Scalar>>;
  /** This step's random key, for `keyedUniform` and `keyedNormal`. */
  readonly key: Tensor;
}

/** What a learner makes of one batch. */
export interface LearnerLoss {
  /** What is minimised. */
  readonly loss: Scalar;
  /** Tensors that `commit` needs of the forward pass; gradients do not flow through them. */
  readonly carry?: Readonly<Record<string, Tensor>>;
  /** Terms of the loss and other figures for the log, by name. */
  readonly metrics?: Readonly<Record<string, Scalar>>;
}

/**
 * A self-supervised method at work: its networks, its state and the loss of one batch of views.
 *
 * A step is `prepare`, then gradients of `loss`, then the optimiser's update of `weights`, then `commit`; all of it is one compiled graph,
 * so the three functions consist of tensor ops and assignments to the variables of `state`.
 */
export interface Learner {
  readonly name: string;
  /** The network whose features are evaluated: the teacher's where the method says so. */
  readonly backbone: Backbone;
  /** What the optimiser trains, by name. */
  readonly weights: ReadonlyMap<string, Variable>;
  /** Everything that a checkpoint must hold: weights, running statistics, teachers, queues, centres. */
  readonly state: ReadonlyMap<string, Variable>;
  /** Values that change over training, as functions of the share of training done, in [0, 1]. */
  readonly schedules: Readonly<Record<string, (progress: number) => number>>;
  /** What the learner reads of a batch beside its views; training on views that lack one throws. */
  readonly needs: readonly BatchExtra[];
  /**
   * What comes before the loss and outside of gradient recording: moves momentum encoders, embeds keys and targets with them.
   *
   * @returns what `loss` and `commit` get as `targets`
   */
  prepare?(batch: ViewBatch, context: StepContext): Readonly<Record<string, Tensor>>;
  /** Loss of a batch, with gradients to `weights`. */
  loss(batch: ViewBatch, targets: Readonly<Record<string, Tensor>>, context: StepContext): LearnerLoss;
  /** What comes after the update: queues, banks and centres take in this batch. */
  commit?(
    targets: Readonly<Record<string, Tensor>>,
    carry: Readonly<Record<string, Tensor>>,
    context: StepContext,
  ): void;
  /** Units of `LearnerLoss.metrics` by name, such as `nats`; those without an entry have the unit 1. */
  readonly units?: Readonly<Record<string, string>>;
  /** Embeddings [B, D] that the loss compares, of images [B, H, W, 3] in evaluation mode: what collapse monitors look at; default: features. */
  embed?(images: Tensor): Tensor;
  /** Loss of a network whose embeddings are all alike, for a batch of B images: a run that settles there has collapsed. */
  collapsedLoss?(batch: number): number;
  /** The trained backbone and projector, where losses on maps of theirs can join (DiDA). */
  readonly trained?: Encoder;
  /**
   * Loss of each local crop of each image against the targets of `prepare`, [K, B], for methods that weigh crops (SGCL).
   *
   * @param locals - the local views, one tensor a resolution
   */
  localTerms?(
    locals: readonly Tensor[],
    targets: Readonly<Record<string, Tensor>>,
    context: StepContext,
  ): Tensor2D;
  /** When the boxes that place the crops are made anew by `contrastiveBoxes`, and how crops lie in them (ContrastiveCrop). */
  readonly boxes?: BoxPlan;
  /** Frees every variable. */
  dispose(): void;
}

/** When and how boxes of the learner's own maps place crops. */
export interface BoxPlan {
  /** Epochs without boxes at the start. */
  readonly warmUpEpochs: number;
  /** Boxes are made anew every so many epochs. */
  readonly everyEpochs: number;
  /** Heat above which a row or column belongs to the box, in [0, 1]. */
  readonly threshold: number;
  /** Beta(alpha, alpha) places the crop's centre in the box. */
  readonly alpha: number;
}
