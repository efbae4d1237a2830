import { mlpHead, type Mode } from '@fovea/backbones';
import { pixPro as pixProLoss, pixProPropagate } from '@fovea/losses';
import { fold, type Key } from '@fovea/random';
import {
  tf,
  type Tensor,
  type Tensor2D,
  type Tensor3D,
  type Tensor4D,
  type Variable,
} from '@fovea/tensorflow';
import { viewOf } from './dense-cl.ts';
import { embeddingSpread } from './embedding-spread.ts';
import {
  disposeModules,
  encoderOf,
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

/** What makes a PixPro learner. */
export interface PixProLearnerOptions {
  readonly backbone: BackboneOptions;
  /** Of every cell of the last map: 1x1 convolutions. */
  readonly projector: HeadOptions;
  /** Cells are a pair when their centres are closer than this share of the larger cell diagonal. */
  readonly posRatio: number;
  /** Sharpness of the propagation. */
  readonly exponent: number;
  readonly momentum: readonly [start: number, end: number];
}

/**
 * PixPro: cells of two crops that lie at the same place of the image must agree, after each cell became a mix of the cells that look like it.
 *
 *     y_i = sum over j of max(cos(x_i, x_j), 0)^2 g(x_j);   L = pixPro(y1, x2') + pixPro(y2, x1'),  x' of the momentum network
 *
 * Views: two, each with a forward pass of its own. State: encoder, the transform g (one linear layer), momentum encoder. Needs the crops' boxes and
 * flips. An image whose crops do not overlap adds nothing.
 *
 * Source: Xie et al. 2021, equations 1 to 4; zdaxie/PixPro.
 */
export function pixPro(options: PixProLearnerOptions, key: Key): Learner {
  const { posRatio, exponent } = options;
  const encoder = encoderOf(options, key);
  const width = encoder.projector.outputs;
  const transform = mlpHead(
    { inputs: width, hidden: [], outputs: width, hiddenNorm: false, outputNorm: 'none' },
    fold(key, 'transform'),
  );
  const modules = { ...encoder, transform };
  const teacher = teacherOf(encoder, () => encoderOf(options, key));
  const propagated = (x_BHWC: Tensor4D): Tensor4D => {
    const [batch, h, w, channels] = x_BHWC.shape;
    const x_BSC = tf.reshape(x_BHWC, [batch, h * w, channels]) as Tensor3D;
    const g = transform.forward(tf.reshape(x_BHWC, [-1, channels]), 'train');
    const y_BSC = pixProPropagate(x_BSC, tf.reshape(g, [batch, h * w, channels]), exponent);
    return tf.reshape(y_BSC, [batch, h, w, channels]);
  };
  return {
    name: 'pixpro',
    backbone: encoder.backbone,
    weights: weightsOf(modules),
    state: new Map<string, Variable>([...stateOf(modules), ...stateOf({ ...teacher.network }, 'teacher.')]),
    schedules: { momentum: momentumSchedule(options.momentum) },
    needs: ['boxes', 'flips'],
    prepare: ({ views }, { values }) => {
      teacher.move(values.momentum);
      const [first, second] = [0, 1].map((view) => cellsOf(teacher.network, viewOf(views, view), 'train'));
      return { first, second };
    },
    loss: ({ views, extras }, { first, second }) => {
      const [x1, x2] = [0, 1].map((view) => cellsOf(encoder, viewOf(views, view), 'train'));
      const [place1, place2] = [0, 1].map((view) => coordinates(extras, view));
      const oneWay = (x: Tensor4D, target: Tensor, own: Tensor2D, other: Tensor2D) =>
        pixProLoss(propagated(x), target as Tensor4D, own, other, { posRatio });
      return {
        loss: tf.add(oneWay(x1, second, place1, place2), oneWay(x2, first, place2, place1)),
        metrics: { spread: embeddingSpread(tf.mean(x1, [1, 2])) },
      };
    },
    collapsedLoss: () => -4, // where all crops overlap; its minimum
    dispose: () => {
      disposeModules(modules);
      disposeModules({ ...teacher.network });
    },
  };
}

/** Projections of all cells of the last map, [B, h, w, C]. */
function cellsOf({ backbone, projector }: Encoder, images: Tensor, mode: Mode): Tensor4D {
  const map = backbone.featureMap(images, mode);
  const [batch, h, w, channels] = map.shape;
  return tf.reshape(projector.forward(tf.reshape(map, [-1, channels]), mode), [
    batch,
    h,
    w,
    projector.outputs,
  ]);
}

/** Crops as x0, y0, x1, y1 in shares of the image; x0 and x1 change places where the view is mirrored. */
function coordinates(extras: Readonly<Record<string, Tensor>>, view: number): Tensor2D {
  const [, batch] = extras.boxes.shape;
  const box_B4 = tf.reshape(tf.slice(extras.boxes, [view, 0, 0], [1, batch, 4]), [batch, 4]);
  const flip_B1 = tf.reshape(tf.slice(extras.flips, [view, 0], [1, batch]), [batch, 1]);
  const [top, left, bottom, right] = tf.split(box_B4, 4, 1);
  const turn = tf.mul(flip_B1, tf.sub(right, left));
  return tf.concat([tf.add(left, turn), top, tf.sub(right, turn), bottom], 1) as Tensor2D;
}

export const PIX_PRO = method<PixProLearnerOptions>({
  name: 'pixpro',
  title: 'PixPro',
  paper: 'Xie et al., "Propagate yourself", CVPR 2021',
  equation: "pixPro(y1, x2') + pixPro(y2, x1'),  y_i = sum_j max(cos(x_i, x_j), 0)^2 g(x_j)",
  source: 'equations 1 to 4; zdaxie/PixPro',
  recipes: ['imagenet-byol', 'cifar-asymmetric'],
  globalViews: 2,
  localViews: 'none',
  needs: ['boxes', 'flips'],
  state: 'momentum encoder',
  tags: [],
  reconstruction: null,
  file: 'pix-pro.ts',
  defaults: {
    projector: { hidden: [4096], outputs: 256, hiddenNorm: true, outputNorm: 'none' },
    posRatio: 0.7,
    exponent: 2,
    momentum: [0.99, 1],
  },
  build: pixPro,
});
