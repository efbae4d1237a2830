import type { Variable } from '@tensorflow/tfjs';
import type { OpAttribute, TensorMetadata } from '../backend.ts';

/** Where a tensor of a recorded step comes from. */
export type Source =
  | { readonly kind: 'op'; readonly op: RecordedOp; readonly output: number }
  | { readonly kind: 'input'; readonly index: number }
  | { readonly kind: 'variable'; readonly variable: Variable }
  | { readonly kind: 'created'; readonly variable: Variable; readonly initial: Source }
  | ConstantSource
  | CapturedSource;

/** Values that every step sees alike, small enough to lie in the graph. */
export interface ConstantSource {
  readonly kind: 'constant';
  readonly dtype: number;
  readonly shape: readonly number[];
  readonly bytes: Uint8Array;
  /** Whether `bytes` holds one element, which fills the shape. */
  readonly uniform: boolean;
}

/** A large tensor that every step sees alike; libtensorflow holds it once, under an id of the recording's own. */
export interface CapturedSource {
  readonly kind: 'captured';
  readonly id: number;
  readonly dtype: number;
  readonly shape: readonly number[];
}

/** One call of libtensorflow. */
export interface RecordedOp {
  readonly name: string;
  readonly attributes: readonly OpAttribute[];
  readonly inputs: readonly Source[];
  readonly outputs: readonly TensorMetadata[];
  /** tfjs' kernel that called. */
  readonly kernel: string;
}

/** A tensor that goes into or out of a step. */
export interface Port {
  readonly dtype: number;
  readonly shape: readonly number[];
}

/** One run of a step, as libtensorflow saw it. */
export interface Recording {
  readonly ops: readonly RecordedOp[];
  readonly inputs: readonly Port[];
  readonly outputs: readonly (Port & { readonly source: Source })[];
  /** Variables whose value the step changed, with their new value. */
  readonly updates: readonly { readonly variable: Variable; readonly source: Source }[];
  /** Ids that the recording owns. */
  readonly owned: readonly number[];
}
