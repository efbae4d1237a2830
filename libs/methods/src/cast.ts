import { attentionCosine, blendAttention, enqueue, mocoInfoNce } from '@fovea/losses';
import { fold, type Key } from '@fovea/random';
import { gradCam } from '@fovea/saliency';
import {
  l2Normalize,
  tf,
  type Scalar,
  type Tensor,
  type Tensor2D,
  type Tensor3D,
  type Tensor4D,
  type Variable,
} from '@fovea/tensorflow';
import { viewOf } from './dense-cl.ts';
import { globalMasks, shrunk } from './dida.ts';
import { embeddingSpread } from './embedding-spread.ts';
import {
  disposeModules,
  encoderOf,
  stateOf,
  teacherOf,
  weightsOf,
  type BackboneOptions,
  type HeadOptions,
} from './encoder.ts';
import type { Learner } from './learner.ts';
import { method } from './method.ts';
import { queueOf } from './moco.ts';
import { momentumSchedule } from './schedules.ts';

/** What makes a CAST learner. */
export interface CastOptions {
  readonly backbone: BackboneOptions;
  readonly projector: HeadOptions;
  readonly temperature: number;
  readonly queue: number;
  readonly momentum: readonly [start: number, end: number];
  /** Weight of the attention loss beside MoCo's. */
  readonly weight: number;
}

/**
 * CAST: MoCo v1 on crops that keep the salient region, whose Grad-CAM of the positive logit against the masked key must lie on that region.
 *
 *     G = minmax( sum over channels of mean(d (q.k_m) / d A) A ),  k_m the key of the second view times its mask
 *     L = ( L_moco + 3 (1 - cos(vec G, vec mask)) ) / 4,  vec over the whole batch
 *
 * The map keeps its graph, the inner gradient included, and is not rectified, as in the published code. Views: two, from `constrainedCrop`
 * (@fovea/augment). State as MoCo's. Needs the masks.
 *
 * Source: Selvaraju et al. 2021, section 3; salesforce/CAST. Clip the gradient's norm at 2.
 */
export function cast(options: CastOptions, key: Key): Learner {
  const { temperature } = options;
  const encoder = encoderOf(options, key);
  const modules = { ...encoder };
  const teacher = teacherOf(encoder, () => encoderOf(options, key));
  const queue_KD = queueOf(options.queue, encoder.projector.outputs, fold(key, 'queue'));
  const queue = queue_KD as unknown as Tensor2D;
  const keysOf = (images: Tensor4D): Tensor2D => {
    const { backbone, projector } = teacher.network;
    return l2Normalize(projector.forward(backbone.forward(images, 'train'), 'train'));
  };
  return {
    name: 'cast',
    backbone: encoder.backbone,
    trained: encoder,
    weights: weightsOf(modules),
    state: new Map<string, Variable>([
      ...stateOf(modules),
      ...stateOf({ ...teacher.network }, 'teacher.'),
      ['queue', queue_KD],
    ]),
    schedules: { momentum: momentumSchedule(options.momentum) },
    needs: ['masks'],
    prepare: ({ views, extras }, { values }) => {
      teacher.move(values.momentum);
      const images = viewOf(views, 1) as Tensor4D;
      const mask_BHW = maskOf(extras.masks, 1);
      return { key_BD: keysOf(images), masked_BD: keysOf(tf.mul(images, tf.expandDims(mask_BHW, 3))) };
    },
    loss: ({ views, extras }, targets) => {
      const { backbone, projector } = encoder;
      const A = backbone.featureMap(viewOf(views, 0), 'train') as Tensor4D;
      // Batch norm of the head, if any, sees the same rows both times.
      const query = (map: Tensor4D): Tensor2D =>
        l2Normalize(projector.forward(tf.mean(map, [1, 2]), 'train'));
      const score = (map: Tensor4D): Scalar =>
        tf.div(tf.sum(tf.mul(query(map), targets.masked_BD)), temperature);
      const { map } = gradCam(A, score, { relu: false });
      const mask = shrunk(maskOf(extras.masks, 0), [A.shape[1], A.shape[2]]);
      const attention = attentionCosine(map, mask, { over: 'batch' });
      const q_BD = query(A);
      const contrast = mocoInfoNce(q_BD, targets.key_BD as Tensor2D, queue, { temperature });
      return {
        loss: blendAttention(contrast, attention, options.weight),
        metrics: { method: contrast, attention, spread: embeddingSpread(q_BD) },
      };
    },
    commit: ({ key_BD }) => {
      queue_KD.assign(enqueue(queue, key_BD as Tensor2D));
    },
    dispose: () => {
      disposeModules(modules);
      disposeModules({ ...teacher.network });
      queue_KD.dispose();
    },
  };
}

/** The masks of one view, [B, H, W]. */
function maskOf(masks: Tensor, view: number): Tensor3D {
  const [, batch, height, width] = masks.shape;
  const own = tf.slice(globalMasks(masks, 2), [view, 0, 0, 0], [1, batch, height, width]);
  return tf.reshape(own, [batch, height, width]);
}

export const CAST = method<CastOptions>({
  name: 'cast',
  title: 'CAST',
  paper:
    'Selvaraju et al., "CASTing your model: learning to localize improves self-supervised representations", CVPR 2021',
  equation: '( InfoNCE(q, k, queue) + 3 (1 - cos(Grad-CAM, mask)) ) / 4',
  source: 'section 3; salesforce/CAST',
  recipes: ['coco-cast', 'cifar-bam'],
  globalViews: 2,
  localViews: 'none',
  needs: ['masks'],
  state: 'key encoder, queue',
  tags: [],
  reconstruction: null,
  file: 'cast.ts',
  defaults: {
    projector: { hidden: [], outputs: 128, hiddenNorm: false, outputNorm: 'none' },
    temperature: 0.07,
    queue: 65_536,
    momentum: [0.999, 0.999],
    weight: 3,
  },
  build: cast,
});
