export { bam, type BamLearnerOptions } from './bam.ts';
export { embed, type Encoder } from './encoder.ts';
export type { BatchExtra, Learner, LearnerLoss, StepContext, ViewBatch } from './learner.ts';
export { simClr, type SimClrOptions } from './simclr.ts';
