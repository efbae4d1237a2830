import { CIFAR_MULTI_CROP, CIFAR_BAM, RECIPES, type ViewsRecipe } from '@fovea/augment';
import { digestJson } from '@fovea/files';
import { scaledOptions, type AnyMethod, type BackboneOptions, type Sizes } from '@fovea/methods';

/** What every method is trained on and judged by. */
export const DATA = {
  trainImages: 3072,
  testImages: 5000,
  batch: 64,
  knn: { k: 20, temperature: 0.07 },
} as const;

/** How one method is trained for a minute. */
export interface LearnsPreset {
  readonly backbone: BackboneOptions;
  readonly recipe: ViewsRecipe;
  readonly epochs: number;
  readonly optimiser: 'sgd' | 'adamw';
  /** After one epoch of warm-up; a cosine to 0 follows. */
  readonly learningRate: number;
  readonly weightDecay: number;
  readonly clipNorm?: number;
  readonly sizes: Sizes;
  /** What differs from the method's defaults beside sizes. */
  readonly options: Readonly<Record<string, unknown>>;
}

const RESNET: BackboneOptions = { depth: 18, width: 8, stem: 'cifar' };
const VIT: BackboneOptions = { kind: 'vit', size: 'tiny', patch: 4, depth: 4, dim: 96, frozenPatches: false };

/** Heads of a few hundred columns; norms where the paper's head has none, which a run of a few hundred steps needs. */
const SIZES: Sizes = {
  hidden: 256,
  predictor: 256,
  outputs: 64,
  bottleneck: 64,
  prototypes: 128,
  queue: 1024,
  images: DATA.trainImages,
  negatives: 512,
  normalisedProjector: true,
};

/** Two global views of 32 pixels and two local ones of 16: half the price of the recipe's six. */
const MULTI_CROP: ViewsRecipe = {
  ...CIFAR_MULTI_CROP,
  name: 'cifar-multi-crop-2',
  views: CIFAR_MULTI_CROP.views.slice(0, 4),
};

const resNet: LearnsPreset = {
  backbone: RESNET,
  recipe: CIFAR_BAM,
  epochs: 6,
  optimiser: 'sgd',
  learningRate: 0.05,
  weightDecay: 5e-4,
  sizes: SIZES,
  options: {},
};

const vit: LearnsPreset = {
  ...resNet,
  backbone: VIT,
  recipe: MULTI_CROP,
  optimiser: 'adamw',
  learningRate: 1e-3,
  weightDecay: 0.04,
  clipNorm: 3,
};

/** A momentum encoder that follows within some 50 steps, as there are but a few hundred. */
const FAST = { momentum: [0.98, 0.98] } as const;
const FAST_TO_ONE = { momentum: [0.98, 1] } as const;

const recipe = (name: string): ViewsRecipe => {
  const found = RECIPES.get(name);
  if (found === undefined) throw new Error(`learns: there is no recipe ${name}.`);
  return found;
};

const moco = { ...resNet, options: FAST };
/**
 * DINO with its last layer as drawn throughout: trained for so few steps, the columns of the layer become alike, and then all outputs are uniform,
 * whatever the features. (The authors freeze it for an epoch, and advise more where the loss does not fall.)
 */
const dino: LearnsPreset = {
  ...resNet,
  recipe: MULTI_CROP,
  learningRate: 0.15,
  sizes: { ...SIZES, prototypes: 512 },
  options: { momentum: [0.98, 1], teacherTemperature: [0.04, 0.04], frozenFor: 1 },
};

/** A preset for every method of the registry. */
export const PRESETS: Readonly<Record<string, LearnsPreset>> = {
  // As in experiments/bam: with the paper's projector for transformers the loss stays at the uniform solution, log(2 (B - 1)).
  bam: {
    ...resNet,
    options: { teacher: null, projector: { hidden: [256], activation: 'relu', initial: 'uniform' } },
  },
  simclr: { ...resNet, options: { temperature: 0.2 } },
  'contrastive-crop-simclr': {
    ...resNet,
    options: { temperature: 0.2, boxes: { warmUpEpochs: 2, everyEpochs: 2 } },
  },
  'moco-v1': moco,
  'moco-v2': moco,
  'contrastive-crop-moco-v2': {
    ...moco,
    options: { ...FAST, boxes: { warmUpEpochs: 2, everyEpochs: 2 } },
  },
  'dilo-moco-v1': moco,
  'dilo-moco-v2': moco,
  densecl: moco,
  cast: moco,
  'dida-moco-v2': moco,
  'sgcl-moco-v2': { ...moco, recipe: MULTI_CROP },
  // NCE's constant Z is of the first batch; at the paper's T of 0.07 features of so small a set outgrow it and the loss rises.
  insdis: { ...resNet, options: { temperature: 0.2 } },
  'dilo-insdis': { ...resNet, options: { temperature: 0.2 } },
  cmc: { ...resNet, options: { mode: 'softmax' } },
  'dilo-cmc': { ...resNet, options: { mode: 'softmax' } },
  byol: { ...resNet, recipe: recipe('cifar-asymmetric'), options: FAST_TO_ONE },
  'sgcl-byol': { ...resNet, recipe: MULTI_CROP, options: FAST_TO_ONE },
  // Batch norm by running statistics in the passes of the map ends below the start (22.5 of 24.3 %, at weights 3 and 0.3 alike): its gradient is not orthogonal
  // to weights that a batch norm follows, which BYOL's loss does not hold in place.
  'dida-byol': {
    ...resNet,
    recipe: recipe('cifar-asymmetric'),
    options: { ...FAST_TO_ONE, attention: { weight: 1, mode: 'train' } },
  },
  simsiam: resNet,
  swav: { ...resNet, recipe: MULTI_CROP, options: { queueFrom: 1, frozenFor: 0 } },
  dino,
  'dida-dino': { ...dino, recipe: CIFAR_BAM },
  barlow: { ...resNet, recipe: recipe('cifar-asymmetric') },
  vicreg: { ...resNet, recipe: recipe('cifar-vicreg') },
  nnclr: resNet,
  'moco-v3': { ...resNet, options: { ...FAST_TO_ONE, temperature: 0.2 } },
  twist: { ...resNet, recipe: MULTI_CROP },
  pixpro: { ...resNet, options: FAST_TO_ONE },
  orl: { ...resNet, options: FAST_TO_ONE },
  'moco-v3-vit': { ...vit, recipe: CIFAR_BAM, options: FAST_TO_ONE },
  ibot: {
    ...vit,
    sizes: dino.sizes,
    options: { momentum: [0.98, 1], teacherTemperature: [0.04, 0.04], frozenFor: 1 },
  },
  msn: { ...vit, epochs: 10, options: FAST_TO_ONE }, // a masked view costs little, and its method needs more of them
};

/** Options that a method's learner is made of: the paper's at small sizes, with what the preset changes. */
export function optionsOf(method: AnyMethod, { sizes, options }: LearnsPreset): Record<string, unknown> {
  const scaled = scaledOptions(method, sizes);
  const laid = Object.entries(options).map(([name, value]) => {
    const before = scaled[name];
    const areGroups = [before, value].every(
      (own) => typeof own === 'object' && own !== null && !Array.isArray(own),
    );
    return [name, areGroups ? { ...(before as object), ...(value as object) } : value] as const;
  });
  return { ...scaled, ...Object.fromEntries(laid) };
}

/** Hash of everything that a run depends on beside the code. */
export function presetDigest(preset: LearnsPreset): string {
  return digestJson({ ...preset, data: DATA } as never).slice(0, 16);
}
