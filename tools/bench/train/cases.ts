/** What is trained for one row: a network and the method that it is trained with, the same for everyone who is timed. */
export interface TrainCase {
  readonly name: string;
  readonly network: 'resnet18' | 'resnet50' | 'vit-tiny';
  /** Channels of a ResNet's first stage. */
  readonly width: number;
  /** Images of a step; methods see views of each. */
  readonly batch: number;
  /** Side of an image in pixels; local crops have half of it. */
  readonly resolution: number;
  readonly method: 'supervised' | 'simclr' | 'byol' | 'bam';
}

/** Sizes that every implementation shares. */
export const SHARED = {
  classes: 128,
  learningRate: 0.05,
  momentum: 0.9,
  hidden: 256,
  outputs: 128,
  temperature: 0.2,
  teacherMomentum: 0.99,
  reg: 0.05,
  bamTemperature: 0.1,
  localViews: 4,
  patch: 4,
  warmUpSeconds: 2,
} as const;

const NETWORKS = [
  {
    label: 'ResNet-18, width 16, batch 128, 32 px',
    network: 'resnet18',
    width: 16,
    batch: 128,
    resolution: 32,
  },
  {
    label: 'ResNet-18, width 64, batch 64, 32 px',
    network: 'resnet18',
    width: 64,
    batch: 64,
    resolution: 32,
  },
  { label: 'ResNet-50, batch 16, 96 px', network: 'resnet50', width: 64, batch: 16, resolution: 96 },
  {
    label: 'ViT-Tiny, patch 4, batch 128, 32 px',
    network: 'vit-tiny',
    width: 192,
    batch: 128,
    resolution: 32,
  },
] as const;

const METHODS = { supervised: 'supervised', simclr: 'SimCLR', byol: 'BYOL', bam: 'BAM 2+4 crops' } as const;

export const cases: readonly TrainCase[] = NETWORKS.flatMap(({ label, ...sizes }) =>
  (Object.keys(METHODS) as TrainCase['method'][]).map((method) => ({
    name: `${label}, ${METHODS[method]}`,
    ...sizes,
    method,
  })),
);

/**
 * Floating-point operations of a supervised step of ResNet-18 with 3x3 stem: three times the forward pass (which gradients of inputs and of
 * weights each cost again), two an multiply-add; convolutions and classifier alone.
 */
export function operations({ width, batch, resolution }: TrainCase): number {
  const convolution = (inputs: number, outputs: number, kernel: number, side: number): number =>
    inputs * outputs * kernel ** 2 * side ** 2;
  let sum = convolution(3, width, 3, resolution);
  let inputs = width;
  for (let stage = 0; stage < 4; stage++) {
    const [outputs, side] = [width * 2 ** stage, resolution / 2 ** stage];
    sum += convolution(inputs, outputs, 3, side) + 3 * convolution(outputs, outputs, 3, side);
    if (inputs !== outputs) sum += convolution(inputs, outputs, 1, side);
    inputs = outputs;
  }
  return 6 * batch * (sum + inputs * SHARED.classes);
}
