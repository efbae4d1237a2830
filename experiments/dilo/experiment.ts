import type { CopyPasteRecipe } from '@fovea/augment';
import { ONE_OBJECT } from '@fovea/data';
import type { Profile } from '@fovea/results';
import { FIRST_LOSS_GATE, type Arm, type Experiment } from '../shared/experiment.ts';
import { methodConfig, UNTRAINED } from '../shared/method-config.ts';
import type { MethodConfig, RunConfig, SaliencySource, ViewsConfig } from '../shared/run-config.ts';
import { evaluation, sgdTraining, type ByProfile, type Scale } from '../shared/scales.ts';
import { SCENE_PAIR } from '../shared/scene-views.ts';
import { diLoClaims } from './claims.ts';

const SCALES: ByProfile<Scale> = {
  smoke: {
    width: 16,
    epochs: 4,
    batch: 128,
    trainImages: 2500,
    labelledImages: 2500,
    testImages: 2000,
    sizes: { hidden: 128, outputs: 64, queue: 1024, images: 2500, negatives: 512 },
  },
  small: {
    width: 16,
    epochs: 20,
    batch: 128,
    trainImages: 10_000,
    labelledImages: 10_000,
    testImages: 5000,
    sizes: { hidden: 256, outputs: 128, queue: 4096, images: 10_000, negatives: 1024 },
  },
  paper: {
    width: 64,
    epochs: 200,
    batch: 256,
    trainImages: 100_000,
    labelledImages: 100_000,
    testImages: 10_000,
    sizes: { images: 100_000 },
  },
};

/** Share of the training scenes whose background is the class's own kind: what a careless learner can hold on to. */
const CORRELATION = 0.9;

const paste = (probability: number, background: CopyPasteRecipe['background'] = 'grey'): CopyPasteRecipe => ({
  probability,
  background,
  boundary: 0,
  minimumShare: 0.05,
});

const moco = (name: 'moco-v2' | 'dilo-moco-v2') => (profile: Profile) =>
  methodConfig(name, SCALES[profile].sizes, {
    projector: { hiddenNorm: true },
    momentum: profile === 'paper' ? [0.999, 0.999] : [0.98, 0.98],
    symmetric: profile !== 'paper',
  });

const arm = (
  title: string,
  method: (profile: Profile) => MethodConfig,
  views: Partial<ViewsConfig> = {},
  rest: Partial<Arm> = {},
): Arm => ({
  title,
  tags: views.copyPaste ? ['RECON'] : [],
  config: (profile) => runConfig(profile, method(profile), views),
  ...rest,
});

const pasted = (
  title: string,
  saliency: SaliencySource,
  recipe: CopyPasteRecipe,
  rest: Partial<Arm> = {},
): Arm => arm(title, moco('dilo-moco-v2'), { saliency, copyPaste: recipe }, rest);

const plain = (name: 'insdis' | 'moco-v1' | 'cmc', title: string, isPasted: boolean): Arm =>
  arm(
    isPasted ? `${title} + copy-paste, exact masks` : title,
    (profile) => methodConfig(isPasted ? `dilo-${name}` : name, SCALES[profile].sizes),
    isPasted ? { saliency: 'ground-truth', copyPaste: paste(0.3) } : {},
    ASKED,
  );

const LATER = { profiles: ['small', 'paper'] } as const;
const ASKED = { profiles: [] } as const;

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
  metrics: [
    'knn.k20.t0.07.top1',
    'linear.cached.standard.top1.last',
    'backgrounds.mixed-same.top1',
    'backgrounds.mixed-rand.top1',
    'backgrounds.bg-gap',
  ],
  gates: {
    ...FIRST_LOSS_GATE,
    'knn.k20.t0.07.top1': { abs: 4, rel: 0, gate: true },
    'linear.cached.standard.top1.last': { abs: 4, rel: 0, gate: true },
    '*': { abs: 6, rel: 0, gate: false },
  },
  arms: {
    untrained: arm('untrained network', () => UNTRAINED),
    'moco-v2': arm('MoCo v2', moco('moco-v2')),
    'dilo-exact': pasted('+ copy-paste, exact masks', 'ground-truth', paste(0.3)),
    'dilo-rbd': pasted('+ copy-paste, RBD masks', 'rbd', paste(0.3), LATER),
    'dilo-random': pasted('+ copy-paste, random maps', 'random', paste(0.3), LATER),
    'dilo-exact-p1': pasted('+ copy-paste always (p 1)', 'ground-truth', paste(1), LATER),
    'dilo-exact-p0.5': pasted('+ copy-paste, p 0.5', 'ground-truth', paste(0.5), ASKED),
    'dilo-exact-p0.7': pasted('+ copy-paste, p 0.7', 'ground-truth', paste(0.7), ASKED),
    'dilo-exact-image': pasted('+ copy-paste onto other images', 'ground-truth', paste(0.3, 'image'), ASKED),
    'dilo-gs': pasted('+ copy-paste, GS masks', 'gs', paste(0.3), ASKED),
    'dilo-mc': pasted('+ copy-paste, MC masks', 'mc', paste(0.3), ASKED),
    insdis: plain('insdis', 'InsDis', false),
    'dilo-insdis': plain('insdis', 'InsDis', true),
    'moco-v1': plain('moco-v1', 'MoCo v1', false),
    'dilo-moco-v1': plain('moco-v1', 'MoCo v1', true),
    cmc: plain('cmc', 'CMC', false),
    'dilo-cmc': plain('cmc', 'CMC', true),
  },
};

function runConfig(profile: Profile, method: MethodConfig, views: Partial<ViewsConfig>): RunConfig {
  const scale = SCALES[profile];
  const { width, trainImages, labelledImages, testImages } = scale;
  const scenes = { ...ONE_OBJECT, correlation: CORRELATION };
  return {
    method,
    backbone: { kind: 'resnet', depth: 18, width, stem: 'cifar' },
    data: {
      name: 'emoji-scenes',
      pretraining: scenes,
      evaluation: scenes,
      backgrounds: 'textures',
      trainImages,
      labelledImages,
      testImages,
    },
    views: { recipe: SCENE_PAIR, saliency: 'none', copyPaste: null, guide: null, ...views },
    training: sgdTraining(scale, { ratePer128: 0.06, weightDecay: 5e-4 }),
    evaluation: evaluation({ fewLabels: profile !== 'smoke', backgrounds: true }),
  };
}
