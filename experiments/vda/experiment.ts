import type { ViewsRecipe } from '@fovea/augment';
import { MANY_OBJECTS, ONE_OBJECT } from '@fovea/data';
import { arm, ASKED, untrainedArm } from '../shared/arms.ts';
import type { Fill } from '../shared/dida-filled.ts';
import { LOSS_GATES, type Arm, type Experiment } from '../shared/experiment.ts';
import { methodConfig, UNTRAINED } from '../shared/method-config.ts';
import { ON_COCO } from '../shared/published-on-coco.ts';
import type { MethodConfig, SaliencySource } from '../shared/run-config.ts';
import type { Scales, SmallProfile } from '../shared/scales.ts';
import { denseEvaluation, sceneEvaluation, sceneRuns } from '../shared/scene-run.ts';
import { SCENE_PAIR } from '../shared/scene-views.ts';
import { vdaClaims } from './claims.ts';

const SCALES: Scales = {
  smoke: {
    width: 16,
    epochs: 3,
    batch: 64,
    trainImages: 1500,
    labelledImages: 2000,
    testImages: 1500,
    sizes: {
      hidden: 128,
      predictor: 128,
      outputs: 64,
      queue: 512,
      prototypes: 128,
      normalisedProjector: true,
    },
  },
  small: {
    width: 16,
    epochs: 10,
    batch: 64,
    trainImages: 4000,
    labelledImages: 6000,
    testImages: 3000,
    sizes: {
      hidden: 256,
      predictor: 256,
      outputs: 128,
      queue: 1024,
      prototypes: 256,
      normalisedProjector: true,
    },
  },
};

const runConfig = sceneRuns({
  scales: SCALES,
  pretraining: MANY_OBJECTS,
  evaluationScenes: ONE_OBJECT,
  recipe: () => SCENE_PAIR,
  // At `small` twice the rate that scenes have otherwise: see the page for what it does.
  ratePer128: (profile) => (profile === 'small' ? 0.24 : 0.12),
  evaluation: (profile) => ({ ...sceneEvaluation(profile), grounding: true, ...denseEvaluation(profile) }),
});

type Options = Readonly<Record<string, unknown>>;

/** Momentum that fits the hundreds of steps of our own profiles. */
const OWN: Readonly<Record<string, Options>> = {
  'moco-v2': { momentum: [0.98, 0.98], symmetric: true },
  byol: { momentum: [0.98, 1] },
  dino: { momentum: [0.98, 1], frozenFor: 0.05 },
  simclr: { temperature: 0.2 },
  swav: { queue: 0, frozenFor: 1 },
  bam: { teacher: null, loss: {} },
  cast: { momentum: [0.98, 0.98] },
  'dense-cl': { momentum: [0.98, 0.98] },
};

const ownMethod =
  (name: string, over: string, options: Options = {}) =>
  (profile: SmallProfile): MethodConfig =>
    methodConfig(name, SCALES[profile].sizes, { ...OWN[over], ...options });

type Learner = keyof typeof ON_COCO;

/** A learner as it is. */
const plain = (
  title: string,
  over: Learner,
  rest: Partial<Arm> = ASKED,
  saliency: SaliencySource = 'none',
): Arm =>
  arm(
    title,
    (profile) => runConfig(profile, ownMethod(ON_COCO[over].method, over)(profile), { saliency }),
    ON_COCO[over],
    { views: { saliency }, evaluation: 'voc07' },
    rest,
  );

/** A learner with the attention loss beside its own; COCO has exact masks of its objects. */
const attentive = (
  title: string,
  over: 'moco-v2' | 'byol' | 'dino',
  saliency: SaliencySource,
  attention: Options = {},
  rest: Partial<Arm> = ASKED,
): Arm => {
  const method = `dida-${over}`;
  const options = Object.keys(attention).length === 0 ? {} : { attention };
  return arm(
    title,
    (profile) => runConfig(profile, ownMethod(method, over, options)(profile), { saliency }),
    ON_COCO[over],
    { method, options, views: { saliency }, evaluation: 'voc07' },
    { tags: ['RECON'], ...rest },
  );
};

/** DiDA over MoCo v2 whose covered views show something else than the mean colour. */
const filled = (title: string, fillOf: (recipe: ViewsRecipe) => Fill): Arm => {
  const method = 'dida-moco-v2-filled';
  const published = ON_COCO['moco-v2'];
  return arm(
    title,
    (profile) =>
      runConfig(profile, ownMethod(method, 'moco-v2', { fill: fillOf(SCENE_PAIR) })(profile), {
        saliency: 'ground-truth',
      }),
    published,
    {
      method,
      options: { fill: fillOf(published.recipe) },
      views: { saliency: 'ground-truth' },
      evaluation: 'voc07',
    },
    { tags: ['RECON'], ...ASKED },
  );
};

/** Black as the views of a recipe have it. */
function black({ views: [{ normalize }] }: ViewsRecipe): Fill {
  const [red, green, blue] = normalize.mean.map((mean, at) => -mean / normalize.std[at]);
  return [red, green, blue];
}

/**
 * VDA and DiDA: where self-supervised networks look on scenes of several objects, and what a loss on that attention changes.
 *
 * Every arm is measured by three maps on scenes with exact masks: the plain channel sum and both forms of difference attention. What the
 * attention loss compares with are exact masks, or RBD's in the unsupervised arm.
 */
export const vdaExperiment: Experiment = {
  name: 'vda',
  title: 'VDA and DiDA: difference attention as a map and as a loss',
  paper:
    'Agarwal, Karanam and Srinivasan, "Learning with Difference Attention for Visually Grounded Self-supervised Representations", arXiv 2306.14603 (2023)',
  seeds: { smoke: [0], small: [0, 1, 2], paper: [0, 1, 2] },
  claims: vdaClaims,
  ablations: [
    { title: 'learners', arms: ['moco-v2', 'simclr', 'byol', 'swav', 'dino', 'bam', 'cast', 'dense-cl'] },
    { title: 'DiDA', arms: ['byol', 'dida-byol'] },
    { title: 'DiDA', arms: ['dino', 'dida-dino'] },
    {
      title: 'masks and what covers',
      arms: ['dida-moco-v2', 'dida-moco-v2-rbd', 'dida-learned', 'dida-fill-black', 'dida-fill-noise'],
    },
    {
      title: 'weight, map and distance',
      arms: [
        'dida-moco-v2',
        'dida-weight-1',
        'dida-weight-10',
        'dida-features',
        'dida-stage-3',
        'dida-projected',
        'dida-score-cosine',
        'dida-score-l2',
        'dida-distance-mse',
        'dida-batch-statistics',
      ],
    },
  ],
  metrics: [
    'linear.cached.standard.top1.last',
    'grounding.vda-gradient.coverage.t0.5',
    'grounding.vda-gradient.energy',
    'grounding.vda-features.energy',
    'grounding.channel-sum.coverage.t0.5',
    'grounding.channel-sum.energy',
    'seg.linear.200steps.mIoU',
    'det.fcos.300steps.AP50',
  ],
  gates: {
    ...LOSS_GATES,
    'linear.cached.standard.top1.last': { abs: 4, rel: 0, gate: true },
    '*': { abs: 8, rel: 0, gate: false },
  },
  arms: {
    untrained: untrainedArm((profile) => runConfig(profile, UNTRAINED), ON_COCO['moco-v2'], {
      evaluation: 'voc07',
    }),
    'moco-v2': plain('MoCo v2', 'moco-v2', {}),
    'dida-moco-v2': attentive('MoCo v2 + DiDA, exact masks', 'moco-v2', 'ground-truth', {}, {}),
    'dida-moco-v2-rbd': attentive('MoCo v2 + DiDA, RBD masks', 'moco-v2', 'rbd'),
    byol: plain('BYOL', 'byol'),
    'dida-byol': attentive('BYOL + DiDA, exact masks', 'byol', 'ground-truth', { mode: 'train' }),
    dino: plain('DINO', 'dino'),
    'dida-dino': attentive('DINO + DiDA, exact masks', 'dino', 'ground-truth'),
    simclr: plain('SimCLR', 'simclr'),
    swav: plain('SwAV', 'swav'),
    bam: plain('BAM', 'bam'),
    cast: plain('CAST, exact masks', 'cast', ASKED, 'ground-truth'),
    'dense-cl': plain('DenseCL', 'dense-cl'),
    'dida-weight-1': attentive('MoCo v2 + DiDA, weight 1', 'moco-v2', 'ground-truth', { weight: 1 }),
    'dida-weight-10': attentive('MoCo v2 + DiDA, weight 10', 'moco-v2', 'ground-truth', { weight: 10 }),
    'dida-features': attentive('MoCo v2 + DiDA without gradient', 'moco-v2', 'ground-truth', {
      form: 'features',
    }),
    'dida-stage-3': attentive('MoCo v2 + DiDA without gradient, third stage', 'moco-v2', 'ground-truth', {
      form: 'features',
      layer: 'stage3',
    }),
    'dida-projected': attentive('MoCo v2 + DiDA, projected difference', 'moco-v2', 'ground-truth', {
      embedding: 'projected',
    }),
    'dida-score-cosine': attentive('MoCo v2 + DiDA, cosine score', 'moco-v2', 'ground-truth', {
      score: 'cosine',
    }),
    'dida-batch-statistics': attentive(
      'MoCo v2 + DiDA, batch statistics in the passes of the map',
      'moco-v2',
      'ground-truth',
      { mode: 'train' },
    ),
    'dida-score-l2': attentive('MoCo v2 + DiDA, squared score', 'moco-v2', 'ground-truth', { score: 'l2' }),
    'dida-distance-mse': attentive(
      'MoCo v2 + DiDA, squared distance of map and mask',
      'moco-v2',
      'ground-truth',
      {
        distance: 'mse',
      },
    ),
    'dida-fill-black': filled('MoCo v2 + DiDA, covered with black', (recipe) => black(recipe)),
    'dida-fill-noise': filled('MoCo v2 + DiDA, covered with noise', () => 'noise'),
    'dida-learned': attentive('MoCo v2 + DiDA, masks of a saliency network', 'moco-v2', 'learned'),
  },
};
