export { extractFeatures, type ImageBatch } from './extract-features.ts';
export { fit } from './fit.ts';
export type {
  EpochReport,
  FitCallbacks,
  FitHistory,
  FitOptions,
  ParameterGroup,
  Series,
  SourceArray,
  SourceBatch,
  StepFunction,
  StepReport,
  ViewSource,
} from './fit-options.ts';
export type { CheckpointOptions } from './checkpoint/checkpoint-folder.ts';
export { readCheckpoint, type Checkpoint } from './checkpoint/checkpoint.ts';
export { collapseFigures, type CollapseFigures } from './monitor/collapse-figures.ts';
export type { MonitorOptions } from './monitor/collapse-monitor.ts';
export { UpdateStep, type StepResult, type UpdateOptions } from './loop/update-step.ts';
export { progressDisplay, progressLine, type ProgressHandle, type ProgressStream } from './progress-line.ts';
export { adamW, type AdamWOptions } from './optimisers/adam-w.ts';
export { clipGradNorm } from './optimisers/clip-grad-norm.ts';
export { gradientAccumulator, type GradientAccumulator } from './optimisers/gradient-accumulator.ts';
export { lars, type LarsOptions, type LarsVariant } from './optimisers/lars.ts';
export type { ByName, Optimiser, ParameterGroups, StepSchedules } from './optimisers/optimiser.ts';
export { sgd, type SgdOptions } from './optimisers/sgd.ts';
export {
  cosineSchedule,
  type CosineScheduleOptions,
  type MocoV3ScheduleOptions,
} from './schedules/cosine-schedule.ts';
export { emaMomentumSchedule, type EmaMomentumScheduleOptions } from './schedules/ema-momentum-schedule.ts';
export type { Schedule } from './schedules/schedule.ts';
export { stepSchedule, type StepScheduleOptions } from './schedules/step-schedule.ts';
