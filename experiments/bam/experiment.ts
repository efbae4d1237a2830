import { CIFAR_BAM, CIFAR_MULTI_CROP } from '@fovea/augment';
import type { BackboneOptions } from '@fovea/methods';
import { arm, ASKED, fineTuned, untrainedArm } from '../shared/arms.ts';
import { LOSS_GATES, type Arm, type Experiment } from '../shared/experiment.ts';
import { methodConfig, UNTRAINED } from '../shared/method-config.ts';
import { THUMBNAIL_BAM, withImagenette } from '../shared/on-imagenette.ts';
import { ON_IMAGENET } from '../shared/published-on-imagenet.ts';
import type { PublishedChanges } from '../shared/published-recipe.ts';
import type { MethodConfig, RunConfig } from '../shared/run-config.ts';
import { evaluation, sgdTraining, views, type Scales, type SmallProfile } from '../shared/scales.ts';
import { bamClaims } from './claims.ts';

const SCALES: Scales = {
  smoke: {
    width: 16,
    epochs: 3,
    batch: 256,
    trainImages: 5000,
    labelledImages: 5000,
    testImages: 4000,
    sizes: { hidden: 256, predictor: 256, outputs: 128, queue: 2048, prototypes: 256 },
  },
  small: {
    width: 16,
    epochs: 8,
    batch: 256,
    trainImages: 10_000,
    labelledImages: 10_000,
    testImages: 10_000,
    sizes: { hidden: 512, predictor: 512, outputs: 128, queue: 4096, prototypes: 512 },
  },
};

/** A projector of one hidden layer with batch norm there and at its output, the default of BAM's repository. */
const normed = (profile: SmallProfile) => {
  const { hidden = 256 } = SCALES[profile].sizes;
  return { hidden: [hidden], hiddenNorm: true, outputNorm: 'plain', activation: 'relu', initial: 'uniform' };
};

/** A network of photographs on drawn objects: new classes on new backgrounds. */
const TRANSFER = { set: 'emoji-scenes', trainImages: 4000, testImages: 2000 } as const;

type Options = Readonly<Record<string, unknown>>;

const small =
  (of: (profile: SmallProfile) => MethodConfig, changes: Partial<RunConfig> = {}) =>
  (profile: SmallProfile): RunConfig => ({ ...runConfig(profile, of(profile)), ...changes });

const method =
  (name: string, options: Options = {}) =>
  (profile: SmallProfile): MethodConfig =>
    methodConfig(name, { ...SCALES[profile].sizes, normalisedProjector: true }, options);

const bamWith =
  (options: Options = {}) =>
  (profile: SmallProfile): MethodConfig =>
    methodConfig('bam', SCALES[profile].sizes, { projector: normed(profile), teacher: null, ...options });

const simClr = (profile: SmallProfile): MethodConfig =>
  methodConfig('simclr', SCALES[profile].sizes, { projector: normed(profile), temperature: 0.2 });

/** BAM with one thing changed, at every profile. */
const ablation = (title: string, options: Options, rest: Partial<Arm> = ASKED): Arm =>
  arm(title, small(bamWith(options)), ON_IMAGENET.bam, { options }, rest);

/** A learner beside BAM: its own constants at our sizes, its own recipe at `paper`. */
const other = (
  title: string,
  name: keyof typeof ON_IMAGENET,
  options: Options = {},
  rest: Partial<Arm> = ASKED,
): Arm => arm(title, small(method(ON_IMAGENET[name].method, options)), ON_IMAGENET[name], {}, rest);

const VIT: BackboneOptions = { kind: 'vit', size: 'tiny', patch: 4, depth: 6, dim: 96 };
const BOXES = { warmUpEpochs: 4, everyEpochs: 4, threshold: 0.1, alpha: 0.6, views: [0, 1] };
const PAPER_BOXES: PublishedChanges = { views: { boxes: { ...BOXES, warmUpEpochs: 40, everyEpochs: 40 } } };

const withBatch = (batch: number) => (profile: SmallProfile) => {
  const config = runConfig(profile, bamWith()(profile));
  return { ...config, training: sgdTraining({ ...SCALES[profile], batch }, RATES) };
};

const withVit =
  (of: (profile: SmallProfile) => MethodConfig) =>
  (profile: SmallProfile): RunConfig => {
    const config = runConfig(profile, of(profile));
    const training = {
      ...config.training,
      optimiser: { name: 'adamw' },
      learningRate: 1e-3,
      weightDecay: [0.05, 0.05],
    } as const;
    return { ...config, backbone: VIT, training };
  };

const RATES = { ratePer128: 0.06, weightDecay: 5e-4 };

const plainUntrained = untrainedArm((profile) => runConfig(profile, UNTRAINED), ON_IMAGENET.bam);
const plainSimClr = arm('SimCLR', small(simClr), ON_IMAGENET.simclr);
const plainBam = ablation('BAM (student only)', {}, {});

/** Arms on photographs of 96 pixels. */
const onImagenette = {
  'untrained-imagenette': withImagenette(plainUntrained, THUMBNAIL_BAM),
  'simclr-imagenette': withImagenette(plainSimClr, THUMBNAIL_BAM),
  'bam-imagenette': withImagenette(plainBam, THUMBNAIL_BAM),
};

/**
 * BAM against SimCLR and others at equal budget: same network, views, optimiser and steps, one method exchanged for the other.
 *
 * Student-only BAM needs batch norm in its projector: without it the loss settles at the uniform solution, log(2(B-1)), on this network.
 * At `small`, moving averages are shortened to the hundreds of steps that there are. At `paper` every method has its published recipe.
 */
export const bamExperiment: Experiment = {
  name: 'bam',
  title: 'BAM: matching balanced self-attention',
  paper:
    'Shalam and Korman, "The Balanced-Pairwise-Affinities / Balanced self-Attention Matching", ECCV 2024',
  seeds: { smoke: [0], small: [0, 1, 2], paper: [0, 1, 2] },
  claims: bamClaims,
  ablations: [
    {
      title: 'the target',
      arms: ['bam', 'bam-unbalanced', 'bam-unmasked', 'bam-iterations-1', 'bam-iterations-10', 'bam-top-k'],
    },
    {
      title: 'entropy and temperature',
      arms: ['bam', 'bam-reg-0.02', 'bam-reg-0.1', 'bam-temperature-0.05', 'bam-temperature-0.2'],
    },
    {
      title: 'teacher, crops and batch',
      arms: ['bam', 'bam-teacher', 'bam-multi-crop', 'bam-contrastive-crop', 'bam-batch-64', 'bam-batch-512'],
    },
    {
      title: 'other methods',
      arms: ['simclr', 'moco-v2', 'byol', 'moco-v3', 'swav', 'dino', 'twist', 'barlow'],
    },
    { title: 'transformers', arms: ['untrained-vit', 'simclr-vit', 'bam-vit', 'moco-v3-vit'] },
  ],
  metrics: [
    'knn.k20.t0.07.top1',
    'linear.cached.standard.top1.last',
    'linear.labels-1pct.standard.top1.last',
    'linear.labels-10pct.standard.top1.last',
    'transfer.emoji-scenes.logistic.C-sweep.top1',
  ],
  gates: { ...LOSS_GATES, '*': { abs: 3, rel: 0, gate: true } },
  arms: {
    untrained: plainUntrained,
    simclr: plainSimClr,
    bam: plainBam,
    ...fineTuned({ simclr: plainSimClr, bam: plainBam }),
    'moco-v2': other('MoCo v2', 'moco-v2', { momentum: [0.9, 0.9], queue: 512, symmetric: true }),
    byol: other('BYOL', 'byol', { momentum: [0.95, 1] }),
    'bam-unbalanced': ablation('BAM without balancing', { loss: { sinkhornIterations: 0 } }),
    'bam-unmasked': ablation('BAM without the mask on positives', { loss: { positiveMasking: false } }),
    'moco-v3': other('MoCo v3', 'moco-v3', { momentum: [0.98, 1], temperature: 0.2 }),
    swav: other('SwAV', 'swav', { queue: 0, frozenFor: 1 }),
    dino: other('DINO', 'dino', { momentum: [0.98, 1], frozenFor: 0.05 }),
    twist: other('TWIST', 'twist', { selfLabelling: null }),
    barlow: other('Barlow Twins', 'barlow', { scale: 0.1 }),
    'bam-teacher': ablation('BAM with a momentum teacher', { teacher: { momentum: 0.98 } }),
    'bam-top-k': ablation('BAM, 128 largest target values', { loss: { topK: 128 } }),
    'bam-reg-0.1': ablation('BAM, entropy 0.1', { loss: { reg: 0.1 } }),
    'bam-reg-0.02': ablation('BAM, entropy 0.02', { loss: { reg: 0.02 } }),
    'bam-temperature-0.05': ablation('BAM, temperature 0.05', { loss: { temperature: 0.05 } }),
    'bam-temperature-0.2': ablation('BAM, temperature 0.2', { loss: { temperature: 0.2 } }),
    'bam-iterations-1': ablation('BAM, one Sinkhorn iteration', { loss: { sinkhornIterations: 1 } }),
    'bam-iterations-10': ablation('BAM, ten Sinkhorn iterations', { loss: { sinkhornIterations: 10 } }),
    'bam-multi-crop': arm(
      'BAM with local crops',
      small(bamWith(), { views: views(CIFAR_MULTI_CROP) }),
      ON_IMAGENET.bam,
      {},
      { ...ASKED, differs: ['views'] },
    ),
    'bam-batch-64': arm(
      'BAM, batch 64',
      withBatch(64),
      ON_IMAGENET.bam,
      { training: { batch: 1024, learningRate: 1.2e-3 } },
      { ...ASKED, differs: ['training'] },
    ),
    'bam-batch-512': arm(
      'BAM, batch 512',
      withBatch(512),
      ON_IMAGENET.bam,
      { training: { batch: 2048, learningRate: 2.4e-3 } },
      { ...ASKED, differs: ['training'] },
    ),
    'bam-contrastive-crop': arm(
      'BAM + ContrastiveCrop',
      small(bamWith(), { views: views(CIFAR_BAM, { boxes: BOXES }) }),
      ON_IMAGENET.bam,
      PAPER_BOXES,
      ASKED,
    ),
    'simclr-contrastive-crop': arm(
      'SimCLR + ContrastiveCrop',
      small(simClr, { views: views(CIFAR_BAM, { boxes: BOXES }) }),
      ON_IMAGENET.simclr,
      PAPER_BOXES,
      ASKED,
    ),
    'bam-vit': arm(
      'BAM, vision transformer',
      withVit(bamWith()),
      ON_IMAGENET.bam,
      {},
      { ...ASKED, differs: ['backbone', 'training'] },
    ),
    'simclr-vit': arm(
      'SimCLR, vision transformer',
      withVit(simClr),
      ON_IMAGENET.simclr,
      { backbone: ON_IMAGENET.bam.backbone },
      { ...ASKED, differs: ['backbone', 'training'] },
    ),
    'moco-v3-vit': arm(
      'MoCo v3, vision transformer',
      withVit(method('moco-v3-vit', { momentum: [0.98, 1] })),
      ON_IMAGENET['moco-v3-vit'],
      {},
      { ...ASKED, differs: ['backbone', 'training'] },
    ),
    ...onImagenette,
    'untrained-vit': {
      ...untrainedArm(
        withVit(() => UNTRAINED),
        ON_IMAGENET.bam,
      ),
      title: 'untrained vision transformer',
      ...ASKED,
      differs: ['backbone', 'training'],
    },
  },
};

function runConfig(profile: SmallProfile, chosen: MethodConfig): RunConfig {
  const scale = SCALES[profile];
  const { width, trainImages, labelledImages, testImages } = scale;
  return {
    method: chosen,
    backbone: { kind: 'resnet', depth: 18, width, stem: 'cifar' },
    data: { name: 'cifar10', trainImages, labelledImages, testImages },
    views: views(CIFAR_BAM),
    training: sgdTraining(scale, RATES),
    evaluation: evaluation(profile === 'smoke' ? {} : { fewLabels: true, transfer: TRANSFER }),
  };
}
