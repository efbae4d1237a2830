/** How a network is fine-tuned on few labels: all weights, plain SGD with momentum 0.9. */
export interface FineTuneRecipe {
  /** Name of the configuration, reported with the result. */
  readonly name: string;
  readonly backboneLr: number;
  readonly headLr: number;
  readonly weightDecay: number;
  readonly batch: number;
  readonly epochs: number;
  readonly schedule: 'cosine' | { readonly at: readonly number[]; readonly factor: number };
}

/** Label shares for which the sources give constants; `100%` is full fine-tuning. */
export type LabelShare = '1%' | '10%' | '100%';

const twenty = { weightDecay: 0, batch: 256, epochs: 20 } as const;
const milestones = { at: [12, 16], factor: 0.2 } as const;

/** Published fine-tuning recipes by label share; two or more recipes are a grid to choose from, none means that the source has no such share. */
export const fineTunePresets = {
  'openselfsup-grid': {
    '1%': grid(),
    '10%': grid(),
    '100%': [],
  },
  swav: {
    '1%': [{ name: 'swav', backboneLr: 0.02, headLr: 5, schedule: milestones, ...twenty }],
    '10%': [{ name: 'swav', backboneLr: 0.01, headLr: 0.2, schedule: milestones, ...twenty }],
    '100%': [],
  },
  /** Batch as for SwAV: the source's is not recorded. */
  twist: {
    '1%': [{ name: 'twist', backboneLr: 0.04, headLr: 0.2, schedule: 'cosine', ...twenty }],
    '10%': [{ name: 'twist', backboneLr: 0.02, headLr: 0.2, schedule: 'cosine', ...twenty }],
    '100%': [{ name: 'twist', backboneLr: 0.01, headLr: 0.2, schedule: 'cosine', ...twenty, epochs: 30 }],
  },
  /** One rate for all weights; 0.1 a 256 images for full fine-tuning. */
  vissl: {
    '1%': [vissl(0.05, 70, [30])],
    '10%': [vissl(0.05, 70, [30])],
    '100%': [vissl(0.1, 105, [30, 60, 90, 100])],
  },
} as const satisfies Record<string, Record<LabelShare, readonly FineTuneRecipe[]>>;

/** Name of a published fine-tuning protocol. */
export type FineTunePreset = keyof typeof fineTunePresets;

/** Base learning rate {0.001, 0.01, 0.1} times head multiplier {1, 10, 100}; x0.2 at epochs 12 and 16 of 20. */
function grid(): FineTuneRecipe[] {
  return [0.001, 0.01, 0.1].flatMap((backboneLr) =>
    [1, 10, 100].map((multiplier) => ({
      name: `lr${backboneLr}.head${multiplier}`,
      backboneLr,
      headLr: backboneLr * multiplier,
      schedule: milestones,
      ...twenty,
    })),
  );
}

function vissl(lr: number, epochs: number, at: readonly number[]): FineTuneRecipe {
  const schedule = { at, factor: 0.1 };
  return { name: 'vissl', backboneLr: lr, headLr: lr, weightDecay: 0, batch: 256, epochs, schedule };
}
