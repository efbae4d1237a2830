import { mlpHead, type Head } from '@fovea/backbones';
import { orl as orlLoss, type OrlPair } from '@fovea/losses';
import { fold, type Key } from '@fovea/random';
import { tf, type Tensor, type Tensor3D, type Variable } from '@fovea/tensorflow';
import { embeddingSpread } from './embedding-spread.ts';
import {
  applyHead,
  disposeModules,
  eachView,
  embed,
  encoderOf,
  globalViews,
  localViews,
  stateOf,
  teacherOf,
  weightsOf,
  type BackboneOptions,
  type Encoder,
  type HeadOptions,
} from './encoder.ts';
import type { Learner } from './learner.ts';
import { method } from './method.ts';
import { momentumSchedule } from './schedules.ts';

/** What makes an ORL learner. */
export interface OrlLearnerOptions {
  readonly backbone: BackboneOptions;
  readonly projector: HeadOptions;
  /** Three of these: of the image, of the region and its copy, of corresponding regions. */
  readonly predictor: HeadOptions;
  readonly momentum: readonly [start: number, end: number];
  readonly globalWeight: number;
  readonly intraWeight: number;
  readonly interWeight: number;
}

/**
 * ORL, third stage: BYOL between two views of the image, two crops of one region, and corresponding regions of two images.
 *
 *     L = byol(image) + byol(region, its jittered copy) + byol(region, its match in a neighbouring image), a predictor each
 *
 * Stage 1 is `byol`; stage 2, `orlCorrespondences`, finds neighbours by stage 1's features and pairs their regions; `orlViews` are the six views of
 * stage 3.
 *
 * Views: two global ones and four local ones of one size: region, jittered copy, region, its match. State: online and target network.
 *
 * Source: Xie et al. 2021 (ORL), section 3; Jiahao000/ORL.
 */
export function orl(options: OrlLearnerOptions, key: Key): Learner {
  const { globalWeight, intraWeight, interWeight } = options;
  const encoder = encoderOf(options, key);
  const { outputs: inputs } = encoder.projector;
  const predictorOf = (name: string): Head =>
    mlpHead({ inputs, ...options.predictor }, fold(key, `${name} predictor`));
  const heads = { global: predictorOf('global'), intra: predictorOf('intra'), inter: predictorOf('inter') };
  const modules = { ...encoder, ...heads };
  const target = teacherOf(encoder, () => encoderOf(options, key));
  return {
    name: 'orl',
    backbone: encoder.backbone,
    trained: encoder,
    weights: weightsOf(modules),
    state: new Map<string, Variable>([...stateOf(modules), ...stateOf({ ...target.network }, 'teacher.')]),
    schedules: { momentum: momentumSchedule(options.momentum) },
    needs: [],
    prepare: ({ views }, { values }) => {
      target.move(values.momentum);
      return { target_VBD: sixViews(target.network, views) };
    },
    loss: ({ views }, { target_VBD }) => {
      const z_VBD = sixViews(encoder, views);
      const targets = eachView(target_VBD);
      const [width, batch] = [inputs, z_VBD.shape[1]];
      const pairs = [heads.global, heads.intra, heads.inter].map((head, at): OrlPair => {
        const own = tf.slice(z_VBD, [2 * at, 0, 0], [2, batch, width]);
        const [p1, p2] = eachView(applyHead(head, own, 'train', 'per-view'));
        return { p1, p2, z1: targets[2 * at], z2: targets[2 * at + 1] };
      });
      const [image, intraPair, interPair] = pairs;
      const { loss, global, intra, inter } = orlLoss(image, intraPair, interPair, {
        globalWeight,
        intraWeight,
        interWeight,
      });
      return { loss, metrics: { global, intra, inter, spread: embeddingSpread(z_VBD) } };
    },
    dispose: () => {
      disposeModules(modules);
      disposeModules({ ...target.network });
    },
  };
}

/** Projections of the two global and the four local views, [6, B, D]. */
function sixViews(encoder: Encoder, views: readonly Tensor[]): Tensor3D {
  const locals = localViews(views, 2);
  const count = locals.reduce((sum, group) => sum + (group.shape[0] as number), 0);
  if (count !== 4) throw new Error(`orl: there must be 4 local views (two pairs of regions), got ${count}.`);
  return embed(encoder, [globalViews(views, 2), ...locals], 'train', 'per-view');
}

export const ORL = method<OrlLearnerOptions>({
  name: 'orl',
  title: 'ORL',
  paper: 'Xie et al., "Unsupervised object-level representation learning from scene images", NeurIPS 2021',
  equation: 'byol(image) + byol(region, jittered copy) + byol(region, match in a neighbouring image)',
  source: 'section 3; Jiahao000/ORL',
  recipes: ['coco-byol', 'cifar-asymmetric'],
  globalViews: 2,
  localViews: 'needed',
  needs: [],
  state: 'target network, three predictors',
  tags: [],
  reconstruction: null,
  file: 'orl.ts',
  defaults: {
    projector: { hidden: [4096], outputs: 256, hiddenNorm: true, outputNorm: 'none', outputBias: false },
    predictor: { hidden: [4096], outputs: 256, hiddenNorm: true, outputNorm: 'none', outputBias: false },
    momentum: [0.99, 1],
    globalWeight: 1,
    intraWeight: 1,
    interWeight: 1,
  },
  build: orl,
});
