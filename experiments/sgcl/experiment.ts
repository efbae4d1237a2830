import type { ViewsRecipe } from '@fovea/augment';
import { MANY_OBJECTS, ONE_OBJECT } from '@fovea/data';
import { orlRecipe } from '@fovea/methods';
import { arm, ASKED, fineTuned, LATER, untrainedArm } from '../shared/arms.ts';
import { LOSS_GATES, type Arm, type Experiment } from '../shared/experiment.ts';
import { methodConfig, UNTRAINED } from '../shared/method-config.ts';
import { ON_COCO } from '../shared/published-on-coco.ts';
import type { ViewsConfig } from '../shared/run-config.ts';
import type { Scales } from '../shared/scales.ts';
import { denseEvaluation, sceneEvaluation, sceneRuns } from '../shared/scene-run.ts';
import { SCENE_MULTI_CROP } from '../shared/scene-views.ts';
import { sgclClaims } from './claims.ts';

const SCALES: Scales = {
  smoke: {
    width: 16,
    epochs: 3,
    batch: 64,
    trainImages: 1500,
    labelledImages: 2000,
    testImages: 1500,
    sizes: { hidden: 256, predictor: 256, outputs: 64, queue: 512, normalisedProjector: true },
  },
  small: {
    width: 16,
    epochs: 10,
    batch: 64,
    trainImages: 4000,
    labelledImages: 6000,
    testImages: 3000,
    sizes: { hidden: 256, predictor: 256, outputs: 64, queue: 256, normalisedProjector: true },
  },
};

/** Local crops that hold most of an object: the smallest of the others show a few pixels of a scene of 64. */
const WIDE_LOCAL_CROPS: ViewsRecipe = {
  ...SCENE_MULTI_CROP,
  name: 'scene-multi-crop-wide',
  source: 'our own: scene-multi-crop with local crops of 0.15-0.5',
  views: SCENE_MULTI_CROP.views.map((view, at) =>
    at < 2 ? view : { ...view, crop: { ...view.crop, scale: [0.15, 0.5] } },
  ),
};

const runConfig = sceneRuns({
  scales: SCALES,
  pretraining: MANY_OBJECTS,
  evaluationScenes: ONE_OBJECT,
  recipe: (profile) => (profile === 'small' ? WIDE_LOCAL_CROPS : SCENE_MULTI_CROP),
  // Photographs, in the place of textures that tell one scene from another by themselves.
  backgrounds: (profile) => (profile === 'small' ? 'cifar10' : 'textures'),
  evaluation: (profile) => ({ ...sceneEvaluation(profile), grounding: true, ...denseEvaluation(profile) }),
});

/** Share of training before the network's maps are used; they say nothing at the start. */
const WARM_UP = 0.2;

const RENEWALS = 20;

const LOCAL_VIEWS = [2, 3, 4, 5];

/** What of the guidance an arm has. */
interface Guidance {
  /** Local crops are placed by the maps. */
  readonly crops: boolean;
  /** Their losses are weighted by them. */
  readonly weights: boolean;
  /** Share of training before the maps are used. */
  readonly warmUp: number;
  /** Maps are made anew so many times over training. */
  readonly renewals: number;
}

const UNGUIDED: Guidance = { crops: false, weights: false, warmUp: WARM_UP, renewals: RENEWALS };
const BOTH: Guidance = { ...UNGUIDED, crops: true, weights: true };

type Over = 'byol' | 'moco-v2';

/** Momentum that fits the hundreds of steps of our own profiles; MoCo's is that of DiLo's page. */
const OWN = {
  byol: { momentum: [0.98, 1] },
  'moco-v2': { momentum: [0.9, 0.9], symmetric: true },
} as const;

const RECIPES = { byol: ON_COCO['sgcl-byol'], 'moco-v2': ON_COCO['sgcl-moco'] } as const;

/** When maps are made, and which views they place, in a run of so many epochs. */
function guideOf({ crops, weights, warmUp, renewals }: Guidance, epochs: number): ViewsConfig['guide'] {
  if (!crops && !weights) return null;
  return {
    views: crops ? LOCAL_VIEWS : [],
    fromEpoch: Math.round(warmUp * epochs),
    everyEpochs: Math.max(1, Math.round(epochs / renewals)),
  };
}

const guided = (title: string, over: Over, guidance: Guidance, rest: Partial<Arm> = {}): Arm => {
  const { weights, warmUp } = guidance;
  const options = { lambda: 1, warmUp: weights ? warmUp : 1 };
  const published = RECIPES[over];
  return arm(
    title,
    (profile) => {
      const { epochs, sizes } = SCALES[profile];
      const method = methodConfig(`sgcl-${over}`, sizes, { ...OWN[over], ...options });
      return runConfig(profile, method, { guide: guideOf(guidance, epochs) });
    },
    published,
    { options, views: { guide: paperGuide(guideOf(guidance, published.training.epochs)) } },
    { tags: ['RECON'], ...rest },
  );
};

/** The published views have six local crops. */
function paperGuide(guide: ViewsConfig['guide']): ViewsConfig['guide'] {
  return guide && { ...guide, views: guide.views.length === 0 ? [] : [2, 3, 4, 5, 6, 7] };
}

/** Regions of scenes of 64 pixels. */
const REGIONS = { pixelsPerRegion: 64, minimumSide: 12, count: 10 };

const BOXES = { threshold: 0.1, alpha: 0.6 };

/** ContrastiveCrop over the same multi-crop learner: boxes of the network's maps place the local crops, and nothing is weighted. */
const boxed = (title: string, over: Over): Arm => {
  const plain = guided(title, over, UNGUIDED);
  return {
    ...plain,
    ...ASKED,
    config: (profile) => {
      const config = plain.config(profile);
      const { epochs } = config.training;
      const warmUpEpochs = Math.max(1, Math.round(WARM_UP * epochs));
      const views = profile === 'paper' ? [2, 3, 4, 5, 6, 7] : LOCAL_VIEWS;
      return {
        ...config,
        views: { ...config.views, boxes: { ...BOXES, views, warmUpEpochs, everyEpochs: warmUpEpochs } },
      };
    },
  };
};

/** BYOL learns little in the minutes of `small`: the page says how little. */
const NOT_SMALL = { profiles: ['smoke', 'paper'] } as const satisfies Partial<Arm>;

const multiCrop = guided('BYOL, random local crops', 'byol', UNGUIDED, NOT_SMALL);
const both = guided('SGCL over BYOL: crops and weights', 'byol', BOTH, NOT_SMALL);

/** ORL at the budget of the others: BYOL for the first half of the epochs, corresponding regions for the second. */
const orl: Arm = arm(
  'ORL, corresponding regions',
  (profile) => {
    const scale = SCALES[profile];
    const firstEpochs = Math.floor(scale.epochs / 2);
    const method = methodConfig('orl', scale.sizes, { momentum: [0.98, 1] });
    const config = runConfig(profile, method);
    const [first, second] = SCENE_MULTI_CROP.views;
    const recipe = orlRecipe({ ...SCENE_MULTI_CROP, views: [first, second] }, 16);
    return {
      ...config,
      views: { ...config.views, recipe, regions: { firstEpochs, ...REGIONS } },
      training: { ...config.training, epochs: scale.epochs - firstEpochs },
    };
  },
  ON_COCO.orl,
  {},
  { ...ASKED, tags: ['RECON'], differs: ['views', 'training'] },
);

/**
 * SGCL: contrastive learning on scenes whose local crops are placed and weighted by the saliency maps of the network in training.
 *
 * Scenes have one to six objects; what was learned is measured on scenes of one. All trained arms have the same views, budget and loss,
 * L_global + mean of the local terms; they differ in where the local crops lie and how their terms are weighted.
 */
export const sgclExperiment: Experiment = {
  name: 'sgcl',
  title: 'SGCL: saliency-guided contrastive learning on scenes',
  paper: 'Chen et al., "Saliency Guided Contrastive Learning on Scene Images", arXiv 2302.11461 (2023)',
  seeds: { smoke: [0], small: [0, 1, 2], paper: [0, 1, 2] },
  claims: sgclClaims,
  ablations: [
    {
      title: 'what is guided',
      arms: ['byol-multi-crop', 'sgcl', 'sgcl-crops', 'sgcl-weights', 'contrastive-crop', 'orl'],
    },
    { title: 'when maps are made', arms: ['sgcl', 'sgcl-no-warm-up', 'sgcl-late', 'sgcl-one-map'] },
    { title: 'what is guided', arms: ['moco-multi-crop', 'sgcl-moco', 'moco-contrastive-crop'] },
  ],
  metrics: [
    'knn.k20.t0.07.top1',
    'linear.cached.standard.top1.last',
    'linear.labels-1pct.standard.top1.last',
    'linear.labels-10pct.standard.top1.last',
    'grounding.channel-sum.energy',
    'seg.linear.200steps.mIoU',
    'det.fcos.300steps.AP50',
    'transfer.cifar10.logistic.C-sweep.top1',
  ],
  gates: {
    ...LOSS_GATES,
    'knn.k20.t0.07.top1': { abs: 4, rel: 0, gate: true },
    'linear.cached.standard.top1.last': { abs: 4, rel: 0, gate: true },
    '*': { abs: 6, rel: 0, gate: false },
  },
  arms: {
    untrained: untrainedArm((profile) => runConfig(profile, UNTRAINED), ON_COCO['sgcl-byol']),
    'byol-multi-crop': multiCrop,
    sgcl: both,
    ...fineTuned({ 'byol-multi-crop': multiCrop, sgcl: both }),
    'sgcl-crops': guided('guided crops alone', 'byol', { ...BOTH, weights: false }, ASKED),
    'sgcl-weights': guided('loss weights alone', 'byol', { ...BOTH, crops: false }, ASKED),
    'contrastive-crop': boxed('BYOL, crops by ContrastiveCrop', 'byol'),
    'sgcl-no-warm-up': guided('SGCL over BYOL, guided from the start', 'byol', { ...BOTH, warmUp: 0 }, ASKED),
    'sgcl-late': guided('SGCL over BYOL, guided from half-way on', 'byol', { ...BOTH, warmUp: 0.5 }, ASKED),
    'sgcl-one-map': guided('SGCL over BYOL, maps made once', 'byol', { ...BOTH, renewals: 1 }, ASKED),
    orl,
    'moco-multi-crop': guided('MoCo v2, random local crops', 'moco-v2', UNGUIDED, LATER),
    'sgcl-moco': guided('SGCL over MoCo v2', 'moco-v2', BOTH, LATER),
    'moco-contrastive-crop': boxed('MoCo v2, crops by ContrastiveCrop', 'moco-v2'),
  },
};
