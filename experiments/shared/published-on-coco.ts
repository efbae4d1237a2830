import {
  COCO_BYOL,
  COCO_CAST,
  COCO_MOCO_V2,
  COCO_SGCL,
  COCO_SIMCLR,
  IMAGENET_BAM,
  IMAGENET_DINO,
  IMAGENET_SWAV,
} from '@fovea/augment';
import { orlRecipe } from '@fovea/methods';
import { ADAMW, from, LARS, MOCO_PROBE, RESNET50, SGD, training } from './published-parts.ts';
import type { PublishedRecipe } from './published-recipe.ts';

const ORL_REPO = 'CODE Jiahao000/ORL configs';
const cocoMoco = training({ epochs: 800, batch: 256, optimiser: SGD, learningRate: 0.3, weightDecay: 1e-4 });
const cocoByol = training({
  epochs: 800,
  batch: 512,
  optimiser: SGD,
  learningRate: 0.4,
  weightDecay: 1e-4,
  warmupEpochs: 4,
});
const coco = { pretraining: 'coco', backbone: RESNET50, options: {}, linear: 'moco' } as const;

/** Recipes of pretraining on COCO scenes: published, or carried over as their sources say. */
export const ON_COCO = {
  byol: {
    ...coco,
    method: 'byol',
    recipe: COCO_BYOL,
    training: cocoByol,
    sources: from(ORL_REPO, MOCO_PROBE),
  },
  orl: {
    ...coco,
    method: 'orl',
    recipe: orlRecipe(COCO_BYOL, 96),
    training: cocoByol,
    sources: from(ORL_REPO, {
      method: 'CODE Jiahao000/ORL, its three losses; that the third stage goes on from the first is RECON',
      ...MOCO_PROBE,
    }),
  },
  'moco-v2': {
    ...coco,
    method: 'moco-v2',
    recipe: COCO_MOCO_V2,
    training: cocoMoco,
    sources: from(ORL_REPO, MOCO_PROBE),
  },
  simclr: {
    ...coco,
    method: 'simclr',
    recipe: COCO_SIMCLR,
    training: training({
      epochs: 800,
      batch: 512,
      optimiser: LARS,
      learningRate: 0.6,
      warmupEpochs: 10,
      weightDecay: 1e-6,
    }),
    sources: from(ORL_REPO, MOCO_PROBE),
  },
  'sgcl-byol': {
    ...coco,
    method: 'sgcl-byol',
    recipe: COCO_SGCL,
    training: cocoByol,
    sources: from(ORL_REPO, {
      views: 'RECON 6 local crops at 96 pixels over the views of ORL',
      method: 'RECON score, weights, lambda and warm-up; heads and momentum of ORL',
      ...MOCO_PROBE,
    }),
  },
  'sgcl-moco': {
    ...coco,
    method: 'sgcl-moco-v2',
    recipe: COCO_SGCL,
    training: cocoMoco,
    sources: from(ORL_REPO, {
      views: 'RECON 6 local crops at 96 pixels over the views of ORL',
      method: 'RECON score, weights, lambda and warm-up; heads and momentum of MoCo v2',
      ...MOCO_PROBE,
    }),
  },
  cast: {
    ...coco,
    method: 'cast',
    recipe: COCO_CAST,
    training: training({
      epochs: 200,
      batch: 256,
      optimiser: SGD,
      learningRate: 0.5,
      weightDecay: 1e-4,
      clipNorm: 2,
    }),
    sources: from('CODE salesforce/CAST', {
      views: 'CODE salesforce/CAST; its crops are not bound to the mask here',
      ...MOCO_PROBE,
    }),
  },
  'dense-cl': {
    ...coco,
    method: 'densecl',
    recipe: COCO_MOCO_V2,
    training: cocoMoco,
    sources: from('CODE WXinlong/DenseCL', MOCO_PROBE),
  },
  dino: {
    ...coco,
    method: 'dino',
    recipe: IMAGENET_DINO,
    training: training({
      epochs: 800,
      batch: 256,
      optimiser: SGD,
      learningRate: 0.03,
      warmupEpochs: 10,
      weightDecay: 1e-4,
      clipNorm: 3,
    }),
    options: { warmUp: 30 / 800, frozenFor: 1 / 800 },
    sources: from('CODE facebookresearch/dino, ResNet-50', {
      epochs: 'OURS as the other learners on COCO',
      batch: 'OURS as the other learners on COCO',
      views: 'CODE facebookresearch/dino, ViT scales',
      ...MOCO_PROBE,
    }),
  },
  swav: {
    ...coco,
    method: 'swav',
    recipe: IMAGENET_SWAV,
    training: training({
      epochs: 800,
      batch: 256,
      optimiser: LARS,
      learningRate: 0.6,
      finalRate: 0.0006,
      weightDecay: 1e-6,
    }),
    options: { frozenFor: 1 / 800, queueFrom: 15 / 800 },
    sources: from('CODE facebookresearch/swav, batch 256', {
      epochs: 'OURS as the other learners on COCO',
      ...MOCO_PROBE,
    }),
  },
  bam: {
    ...coco,
    method: 'bam',
    recipe: IMAGENET_BAM,
    training: training({
      epochs: 800,
      batch: 512,
      optimiser: ADAMW,
      learningRate: 6e-4,
      finalRate: 1.25e-4,
      warmupEpochs: 10,
      weightDecay: [0.04, 0.4],
      clipNorm: 0.3,
    }),
    sources: from('CODE DanielShalam/BAM, rates at batch 512', {
      epochs: 'OURS as the other learners on COCO',
      batch: 'OURS as the other learners on COCO',
      schedule: 'CODE DanielShalam/BAM: 10 epochs of warm-up for ResNets',
      backbone: 'OURS no ResNet-50 script is released',
      ...MOCO_PROBE,
    }),
  },
} as const satisfies Record<string, PublishedRecipe>;
