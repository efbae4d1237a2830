import { ntXent } from '@fovea/losses';
import type { Key } from '@fovea/random';
import { embeddingSpread } from './embedding-spread.ts';
import {
  disposeModules,
  eachView,
  embed,
  encoderOf,
  globalViews,
  stateOf,
  weightsOf,
  type BackboneOptions,
  type HeadOptions,
  type ViewStatistics,
} from './encoder.ts';
import type { Learner } from './learner.ts';
import { method } from './method.ts';

/** What makes a SimCLR learner. */
export interface SimClrOptions {
  readonly backbone: BackboneOptions;
  readonly projector: HeadOptions;
  /** Temperature of NT-Xent. */
  readonly temperature: number;
  /** Batch statistics; default joint, as in the authors' code. */
  readonly statistics?: ViewStatistics;
}

/**
 * SimCLR: two views of an image are each other's positive among all views of the batch.
 *
 *     L = mean over the 2B anchors of -log( exp(s_ij / T) / sum over k != i of exp(s_ik / T) )
 *
 * Views: two. State: backbone and projector.
 *
 * Source: Chen et al. 2020, equation 1.
 */
export function simClr(options: SimClrOptions, key: Key): Learner {
  const encoder = encoderOf(options, key);
  const modules = { ...encoder };
  return {
    name: 'simclr',
    backbone: encoder.backbone,
    trained: encoder,
    weights: weightsOf(modules),
    state: stateOf(modules),
    schedules: {},
    needs: [],
    loss: ({ views }) => {
      const z_VBD = embed(encoder, globalViews(views, 2), 'train', options.statistics);
      const [z1_BD, z2_BD] = eachView(z_VBD);
      return {
        loss: ntXent(z1_BD, z2_BD, { temperature: options.temperature }),
        metrics: { spread: embeddingSpread(z_VBD) },
      };
    },
    collapsedLoss: (batch) => Math.log(2 * batch - 1),
    dispose: () => {
      disposeModules(modules);
    },
  };
}

export const SIMCLR = method<SimClrOptions>({
  name: 'simclr',
  title: 'SimCLR',
  paper: 'Chen et al., "A simple framework for contrastive learning of visual representations", ICML 2020',
  equation: 'mean over anchors of -log( exp(s_ij/T) / sum over k != i of exp(s_ik/T) )',
  source: 'equation 1',
  recipes: ['imagenet-simclr', 'coco-simclr', 'cifar-simclr'],
  globalViews: 2,
  localViews: 'none',
  needs: [],
  state: 'nothing else',
  tags: ['MEM'],
  reconstruction: 'widths and norms of the projector and T 0.1 as the authors had them on ImageNet [MEM]',
  file: 'simclr.ts',
  defaults: {
    projector: { hidden: [2048], outputs: 128, hiddenNorm: true, outputNorm: 'affine' },
    temperature: 0.1,
    statistics: 'joint',
  },
  build: simClr,
});
