import type { CopyPasteRecipe } from '@fovea/augment';
import { ONE_OBJECT } from '@fovea/data';
import { arm, ASKED, fineTuned, LATER, untrainedArm } from '../shared/arms.ts';
import { LOSS_GATES, type Arm, type Experiment } from '../shared/experiment.ts';
import { methodConfig, UNTRAINED } from '../shared/method-config.ts';
import { THUMBNAIL_MOCO_V2, withImagenette } from '../shared/on-imagenette.ts';
import { ON_IMAGENET } from '../shared/published-on-imagenet.ts';
import type { MethodConfig, RunConfig, SaliencySource, ViewsConfig } from '../shared/run-config.ts';
import { evaluation, type Scales, type SmallProfile } from '../shared/scales.ts';
import { sceneEvaluation, sceneRuns } from '../shared/scene-run.ts';
import { SCENE_PAIR } from '../shared/scene-views.ts';
import { diLoClaims } from './claims.ts';

const SCALES: Scales = {
  smoke: {
    width: 16,
    epochs: 4,
    batch: 64,
    trainImages: 1800,
    labelledImages: 2000,
    testImages: 1500,
    sizes: { hidden: 128, outputs: 64, queue: 128, images: 1800, negatives: 512, normalisedProjector: true },
  },
  small: {
    width: 16,
    epochs: 10,
    batch: 64,
    trainImages: 6000,
    labelledImages: 6000,
    testImages: 3000,
    sizes: {
      hidden: 256,
      outputs: 128,
      queue: 256,
      images: 6000,
      negatives: 1024,
      normalisedProjector: true,
    },
  },
};

/** Share of the training scenes whose background is the class's own kind: what a careless learner can hold on to. */
const CORRELATION = 0.9;

/** Scenes of one object; the training and the labelled ones are correlated with their backgrounds. */
const SCENES = { ...ONE_OBJECT, correlation: CORRELATION };

const runConfig = sceneRuns({
  scales: SCALES,
  pretraining: SCENES,
  evaluationScenes: SCENES,
  recipe: () => SCENE_PAIR,
  evaluation: (profile) => ({ ...sceneEvaluation(profile), backgrounds: true }),
});

const paste = (probability: number, background: CopyPasteRecipe['background'] = 'grey'): CopyPasteRecipe => ({
  probability,
  background,
  boundary: 0,
  minimumShare: 0.05,
});

/** Keys of a run of hundreds of steps: a queue of a few batches, a twentieth of the images as in MoCo, and an encoder that follows fast. */
const MOMENTUM = [0.9, 0.9];

const moco =
  (name: 'moco-v2' | 'dilo-moco-v2') =>
  (profile: SmallProfile): MethodConfig =>
    methodConfig(name, SCALES[profile].sizes, {
      momentum: MOMENTUM,
      symmetric: true,
    });

const own =
  (method: (profile: SmallProfile) => MethodConfig, views: Partial<ViewsConfig> = {}) =>
  (profile: SmallProfile): RunConfig =>
    runConfig(profile, method(profile), views);

/** DiLo over MoCo v2: the same learner on views with pasted foregrounds. */
const pasted = (
  title: string,
  saliency: SaliencySource,
  recipe: CopyPasteRecipe,
  rest: Partial<Arm> = ASKED,
): Arm =>
  arm(
    title,
    own(moco('dilo-moco-v2'), { saliency, copyPaste: recipe }),
    ON_IMAGENET['moco-v2'],
    {
      method: 'dilo-moco-v2',
      // ImageNet has no masks: the arm with exact masks reads them of the saliency network.
      views: { saliency: saliency === 'ground-truth' ? 'learned' : saliency, copyPaste: atPaper(recipe) },
    },
    { tags: ['RECON'], ...rest },
  );

/** Another learner of the paper, plain or on pasted views. */
const learner = (name: 'insdis' | 'moco-v1' | 'cmc', title: string, isPasted: boolean): Arm => {
  const method = isPasted ? `dilo-${name}` : name;
  const views: Partial<ViewsConfig> = isPasted ? { saliency: 'ground-truth', copyPaste: paste(0.3) } : {};
  return arm(
    isPasted ? `${title} + copy-paste, exact masks` : title,
    own(
      (profile) =>
        methodConfig(method, SCALES[profile].sizes, name === 'moco-v1' ? { momentum: MOMENTUM } : {}),
      views,
    ),
    ON_IMAGENET[name],
    isPasted ? { method, views: { saliency: 'learned', copyPaste: atPaper(paste(0.3)) } } : {},
    { tags: isPasted ? ['RECON'] : [], ...ASKED },
  );
};

/** At 224 pixels the boundary is softened by two; only grey and textures go with images that are decoded one by one. */
function atPaper(recipe: CopyPasteRecipe): CopyPasteRecipe {
  return {
    ...recipe,
    boundary: 2,
    background: recipe.background === 'image' ? 'texture' : recipe.background,
  };
}

const untrained = untrainedArm((profile) => runConfig(profile, UNTRAINED), ON_IMAGENET['moco-v2']);
const plainMoco = arm('MoCo v2', own(moco('moco-v2')), ON_IMAGENET['moco-v2']);
const exact = pasted('+ copy-paste, exact masks', 'ground-truth', paste(0.3), {});

/** An arm on photographs of one object, which have neither masks nor variants of their backgrounds. */
const withCifar = (base: Arm): Arm => ({
  ...base,
  ...ASKED,
  title: `${base.title}, CIFAR-10`,
  differs: ['data', 'evaluation'],
  config: (profile) => {
    const config = base.config(profile);
    if (profile === 'paper') return config;
    const { trainImages, labelledImages, testImages } = SCALES[profile];
    return {
      ...config,
      data: { name: 'cifar10', trainImages, labelledImages, testImages },
      evaluation: evaluation({ fewLabels: profile !== 'smoke' }),
    };
  },
});

const onCifar = {
  'untrained-cifar10': withCifar(untrained),
  'moco-v2-cifar10': withCifar(plainMoco),
  'dilo-rbd-cifar10': withCifar(pasted('+ copy-paste, RBD masks', 'rbd', paste(0.3))),
  'dilo-learned-cifar10': withCifar(
    pasted('+ copy-paste, masks of a saliency network', 'learned', paste(0.3)),
  ),
  'dilo-random-cifar10': withCifar(pasted('+ copy-paste, random maps', 'random', paste(0.3))),
};

const onImagenette = {
  'untrained-imagenette': withImagenette(untrained, THUMBNAIL_MOCO_V2),
  'moco-v2-imagenette': withImagenette(plainMoco, THUMBNAIL_MOCO_V2),
  'dilo-rbd-imagenette': withImagenette(
    pasted('+ copy-paste, RBD masks', 'rbd', paste(0.3)),
    THUMBNAIL_MOCO_V2,
  ),
  'dilo-random-imagenette': withImagenette(
    pasted('+ copy-paste, random maps', 'random', paste(0.3)),
    THUMBNAIL_MOCO_V2,
  ),
};

/**
 * DiLo: instance discrimination with and without pasting foregrounds onto other backgrounds.
 *
 * The training scenes tell the class by their background nine times of ten, the test scenes never; EmojiScenes stands in for ImageNet, and
 * its variants for the Backgrounds Challenge.
 */
export const diLoExperiment: Experiment = {
  name: 'dilo',
  title: 'DiLo: distilling localisation by copy-paste',
  paper:
    'Zhao, Wu, Lau and Lin, "Distilling Localization for Self-Supervised Representation Learning", AAAI 2021',
  seeds: { smoke: [0], small: [0, 1, 2], paper: [0, 1, 2] },
  claims: diLoClaims,
  ablations: [
    {
      title: 'where masks come from',
      arms: [
        'moco-v2',
        'dilo-exact',
        'dilo-learned',
        'dilo-rbd',
        'dilo-mc',
        'dilo-gs',
        'dilo-random',
        'feature-masked',
      ],
    },
    {
      title: 'probability',
      arms: ['moco-v2', 'dilo-exact', 'dilo-exact-p0.5', 'dilo-exact-p0.7', 'dilo-exact-p1'],
    },
    {
      title: 'background and boundary',
      arms: ['dilo-exact', 'dilo-exact-texture', 'dilo-exact-image', 'dilo-exact-blended'],
    },
    { title: 'copy-paste', arms: ['insdis', 'dilo-insdis'] },
    { title: 'copy-paste', arms: ['moco-v1', 'dilo-moco-v1'] },
    { title: 'copy-paste', arms: ['cmc', 'dilo-cmc'] },
  ],
  metrics: [
    'knn.k20.t0.07.top1',
    'linear.cached.standard.top1.last',
    'backgrounds.mixed-same.top1',
    'backgrounds.mixed-rand.top1',
    'backgrounds.bg-gap',
    'linear.labels-1pct.standard.top1.last',
    'linear.labels-10pct.standard.top1.last',
    'transfer.cifar10.logistic.C-sweep.top1',
  ],
  gates: {
    ...LOSS_GATES,
    'knn.k20.t0.07.top1': { abs: 4, rel: 0, gate: true },
    'linear.cached.standard.top1.last': { abs: 4, rel: 0, gate: true },
    '*': { abs: 6, rel: 0, gate: false },
  },
  arms: {
    untrained,
    'moco-v2': plainMoco,
    'dilo-exact': exact,
    'dilo-rbd': pasted('+ copy-paste, RBD masks', 'rbd', paste(0.3), LATER),
    'dilo-random': pasted('+ copy-paste, random maps', 'random', paste(0.3)),
    'dilo-exact-p1': pasted('+ copy-paste always (p 1)', 'ground-truth', paste(1), LATER),
    'dilo-exact-p0.5': pasted('+ copy-paste, p 0.5', 'ground-truth', paste(0.5)),
    'dilo-exact-p0.7': pasted('+ copy-paste, p 0.7', 'ground-truth', paste(0.7)),
    'dilo-gs': pasted('+ copy-paste, GS masks', 'gs', paste(0.3)),
    'dilo-mc': pasted('+ copy-paste, MC masks', 'mc', paste(0.3)),
    'dilo-learned': pasted('+ copy-paste, masks of a saliency network', 'learned', paste(0.3)),
    'dilo-exact-image': pasted('+ copy-paste onto other images', 'ground-truth', paste(0.3, 'image')),
    'dilo-exact-texture': pasted('+ copy-paste onto textures', 'ground-truth', paste(0.3, 'texture')),
    'dilo-exact-blended': pasted('+ copy-paste, softened masks', 'ground-truth', {
      ...paste(0.3),
      boundary: 1,
    }),
    'feature-masked': arm(
      'MoCo v2, masked features in place of copy-paste',
      own(
        (profile) =>
          methodConfig('feature-masked-moco-v2', SCALES[profile].sizes, {
            momentum: MOMENTUM,
            symmetric: true,
          }),
        { saliency: 'ground-truth' },
      ),
      ON_IMAGENET['moco-v2'],
      { method: 'feature-masked-moco-v2', views: { saliency: 'learned' } },
      { tags: ['RECON'], ...ASKED },
    ),
    ...onCifar,
    ...onImagenette,
    ...fineTuned({ 'moco-v2': plainMoco, 'dilo-exact': exact }),
    insdis: learner('insdis', 'InsDis', false),
    'dilo-insdis': learner('insdis', 'InsDis', true),
    'moco-v1': learner('moco-v1', 'MoCo v1', false),
    'dilo-moco-v1': learner('moco-v1', 'MoCo v1', true),
    cmc: learner('cmc', 'CMC', false),
    'dilo-cmc': learner('cmc', 'CMC', true),
  },
};
