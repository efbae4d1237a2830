/** Common corruptions of Hendrycks and Dietterich (2019), in the order of their tables. */
export const corruptionTypes = [
  'gaussian-noise',
  'shot-noise',
  'impulse-noise',
  'defocus-blur',
  'glass-blur',
  'motion-blur',
  'zoom-blur',
  'snow',
  'frost',
  'fog',
  'brightness',
  'contrast',
  'elastic-transform',
  'pixelate',
  'jpeg-compression',
] as const;

export type CorruptionType = (typeof corruptionTypes)[number];

/** Five severities of one or more numbers each, from mild to severe. */
export type Severities = readonly (readonly number[])[];

/** The constants of one benchmark; what each number is stands in `corrupt`. */
export type CorruptionConstants = Readonly<Record<CorruptionType, Severities>>;

const one = (...values: number[]): Severities => values.map((value) => [value]);
/** Elastic constants are given as shares of a side. */
const times = (side: number, rows: Severities): Severities =>
  rows.map((row) => row.map((value) => side * value));

/**
 * Constants by benchmark: `cifar-c` for 32 pixels, `tiny-imagenet-c` for 64, `imagenet-c` for 224.
 *
 * Source: hendrycks/robustness, ImageNet-C/create_c/make_cifar_c.py, make_tinyimagenet_c.py, make_imagenet_c.py. Zoom blur: factors from 1 below the first number by steps of the second.
 */
export const corruptionConstants = {
  'cifar-c': {
    'gaussian-noise': one(0.04, 0.06, 0.08, 0.09, 0.1),
    'shot-noise': one(500, 250, 100, 75, 50),
    'impulse-noise': one(0.01, 0.02, 0.03, 0.05, 0.07),
    'defocus-blur': [
      [0.3, 0.4],
      [0.4, 0.5],
      [0.5, 0.6],
      [1, 0.2],
      [1.5, 0.1],
    ],
    'glass-blur': [
      [0.05, 1, 1],
      [0.25, 1, 1],
      [0.4, 1, 1],
      [0.25, 1, 2],
      [0.4, 1, 2],
    ],
    'motion-blur': [
      [6, 1],
      [6, 1.5],
      [6, 2],
      [8, 2],
      [9, 2.5],
    ],
    'zoom-blur': [
      [1.06, 0.01],
      [1.11, 0.01],
      [1.16, 0.01],
      [1.21, 0.01],
      [1.26, 0.01],
    ],
    snow: [
      [0.1, 0.2, 1, 0.6, 8, 3, 0.95],
      [0.1, 0.2, 1, 0.5, 10, 4, 0.9],
      [0.15, 0.3, 1.75, 0.55, 10, 4, 0.9],
      [0.25, 0.3, 2.25, 0.6, 12, 6, 0.85],
      [0.3, 0.3, 1.25, 0.65, 14, 12, 0.8],
    ],
    frost: [
      [1, 0.2],
      [1, 0.3],
      [0.9, 0.4],
      [0.85, 0.4],
      [0.75, 0.45],
    ],
    fog: [
      [0.2, 3],
      [0.5, 3],
      [0.75, 2.5],
      [1, 2],
      [1.5, 1.75],
    ],
    brightness: one(0.05, 0.1, 0.15, 0.2, 0.3),
    contrast: one(0.75, 0.5, 0.4, 0.3, 0.15),
    'elastic-transform': times(32, [
      [0, 0, 0.08],
      [0.05, 0.2, 0.07],
      [0.08, 0.06, 0.06],
      [0.1, 0.04, 0.05],
      [0.1, 0.03, 0.03],
    ]),
    pixelate: one(0.95, 0.9, 0.85, 0.75, 0.65),
    'jpeg-compression': one(80, 65, 58, 50, 40),
  },
  'tiny-imagenet-c': {
    'gaussian-noise': one(0.04, 0.08, 0.12, 0.15, 0.18),
    'shot-noise': one(250, 100, 50, 30, 15),
    'impulse-noise': one(0.01, 0.02, 0.05, 0.08, 0.14),
    'defocus-blur': [
      [0.5, 0.6],
      [1, 0.1],
      [1.5, 0.1],
      [2.5, 0.01],
      [3, 0.1],
    ],
    'glass-blur': [
      [0.1, 1, 1],
      [0.5, 1, 1],
      [0.6, 1, 2],
      [0.7, 2, 1],
      [0.9, 2, 2],
    ],
    'motion-blur': [
      [10, 1],
      [10, 1.5],
      [10, 2],
      [10, 2.5],
      [12, 3],
    ],
    'zoom-blur': [
      [1.06, 0.01],
      [1.11, 0.01],
      [1.16, 0.01],
      [1.21, 0.01],
      [1.26, 0.01],
    ],
    snow: [
      [0.1, 0.2, 1, 0.6, 8, 3, 0.8],
      [0.1, 0.2, 1, 0.5, 10, 4, 0.8],
      [0.15, 0.3, 1.75, 0.55, 10, 4, 0.7],
      [0.25, 0.3, 2.25, 0.6, 12, 6, 0.65],
      [0.3, 0.3, 1.25, 0.65, 14, 12, 0.6],
    ],
    frost: [
      [1, 0.3],
      [0.9, 0.4],
      [0.8, 0.45],
      [0.75, 0.5],
      [0.7, 0.55],
    ],
    fog: [
      [0.4, 3],
      [0.7, 3],
      [1, 2.5],
      [1.5, 2],
      [2, 1.75],
    ],
    brightness: one(0.1, 0.2, 0.3, 0.4, 0.5),
    contrast: one(0.4, 0.3, 0.2, 0.1, 0.05),
    'elastic-transform': times(64, [
      [0, 0, 0.08],
      [0.05, 0.3, 0.06],
      [0.1, 0.08, 0.06],
      [0.1, 0.03, 0.03],
      [0.16, 0.03, 0.02],
    ]),
    pixelate: one(0.9, 0.8, 0.7, 0.6, 0.5),
    'jpeg-compression': one(65, 58, 50, 40, 25),
  },
  'imagenet-c': {
    'gaussian-noise': one(0.08, 0.12, 0.18, 0.26, 0.38),
    'shot-noise': one(60, 25, 12, 5, 3),
    'impulse-noise': one(0.03, 0.06, 0.09, 0.17, 0.27),
    'defocus-blur': [
      [3, 0.1],
      [4, 0.5],
      [6, 0.5],
      [8, 0.5],
      [10, 0.5],
    ],
    'glass-blur': [
      [0.7, 1, 2],
      [0.9, 2, 1],
      [1, 2, 3],
      [1.1, 3, 2],
      [1.5, 4, 2],
    ],
    'motion-blur': [
      [10, 3],
      [15, 5],
      [15, 8],
      [15, 12],
      [20, 15],
    ],
    'zoom-blur': [
      [1.11, 0.01],
      [1.16, 0.01],
      [1.21, 0.02],
      [1.26, 0.02],
      [1.31, 0.03],
    ],
    snow: [
      [0.1, 0.3, 3, 0.5, 10, 4, 0.8],
      [0.2, 0.3, 2, 0.5, 12, 4, 0.7],
      [0.55, 0.3, 4, 0.9, 12, 8, 0.7],
      [0.55, 0.3, 4.5, 0.85, 12, 8, 0.65],
      [0.55, 0.3, 2.5, 0.85, 12, 12, 0.55],
    ],
    frost: [
      [1, 0.4],
      [0.8, 0.6],
      [0.7, 0.7],
      [0.65, 0.7],
      [0.6, 0.75],
    ],
    fog: [
      [1.5, 2],
      [2, 2],
      [2.5, 1.7],
      [2.5, 1.5],
      [3, 1.4],
    ],
    brightness: one(0.1, 0.2, 0.3, 0.4, 0.5),
    contrast: one(0.4, 0.3, 0.2, 0.1, 0.05),
    // The source multiplies by 244, not 224.
    'elastic-transform': times(244, [
      [2, 0.7, 0.1],
      [2, 0.08, 0.2],
      [0.05, 0.01, 0.02],
      [0.07, 0.01, 0.02],
      [0.12, 0.01, 0.02],
    ]),
    pixelate: one(0.6, 0.5, 0.4, 0.3, 0.25),
    'jpeg-compression': one(25, 18, 15, 10, 7),
  },
} as const satisfies Record<string, CorruptionConstants>;

/** Which benchmark's constants are used. */
export type CorruptionSet = keyof typeof corruptionConstants;
