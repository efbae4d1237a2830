/** One training step to be timed: a ResNet-18 under softmax cross-entropy and momentum SGD, as each peer builds it. */
export interface TrainCase {
  readonly name: string;
  /** Channels of the first stage. */
  readonly width: number;
  readonly batch: number;
  /** Side of the images, in pixels. */
  readonly resolution: number;
}

export const CLASSES = 128;
export const LEARNING_RATE = 0.05;
export const MOMENTUM = 0.9;

export const cases: readonly TrainCase[] = [
  { name: 'ResNet-18, width 16, batch 128, 32 px', width: 16, batch: 128, resolution: 32 },
  { name: 'ResNet-18, width 64, batch 64, 32 px', width: 64, batch: 64, resolution: 32 },
];
