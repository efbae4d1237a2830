import { batchNorm, convolution, Parameters, type Layer, type Mode } from '@fovea/backbones';
import { fold, key } from '@fovea/random';
import {
  compile,
  keyTensor,
  randomNormal,
  randomUniform,
  relu,
  tf,
  type Scalar,
  type Tensor,
} from '@fovea/tensorflow';
import type { BackboneOptions } from '../encoder.ts';
import type { BatchExtra, Learner, StepContext, ViewBatch } from '../learner.ts';
import type { AnyMethod } from '../method.ts';
import { scaledOptions } from '../scaled-options.ts';

/** Images of a test batch, and of the set whose bank is kept. */
export const [BATCH, SET] = [6, 20];
/** Side of a view in pixels. */
const SIDE = 16;

/** A network of two strided convolutions: what learners do with a network does not depend on its depth. */
const TINY: BackboneOptions = {
  kind: 'custom',
  build: (own) => {
    const parameters = new Parameters(own);
    const layers: [string, Layer][] = [4, 8].map((channels, at) => {
      const within = parameters.within(`block${at}`);
      const sizes = { inputs: at === 0 ? 3 : 4, outputs: channels, kernel: 3, stride: 2 };
      const [conv, norm] = [convolution(within, 'conv', sizes), batchNorm(within, 'norm', { channels })];
      return [`block${at}`, (x, mode) => relu(norm(conv(x, mode), mode))];
    });
    const run = (images: Tensor, mode: Mode, until = layers.length): Tensor =>
      layers.slice(0, until).reduce((x, [, layer]) => layer(x, mode), images);
    const taps = layers.map(([name]) => name);
    return {
      name: 'tiny',
      parameters,
      features: 8,
      taps,
      featureMap: (images, mode) => run(images, mode),
      forward: (images, mode) => tf.mean(run(images, mode), [1, 2]),
      forwardTaps: (images, mode, names) =>
        Object.fromEntries(names.map((name) => [name, run(images, mode, taps.indexOf(name) + 1)])) as never,
    };
  },
};
const RESNET: BackboneOptions = { depth: 18, width: 4, stem: 'cifar' };
const VIT: BackboneOptions = { kind: 'vit', size: 'tiny', patch: 4, depth: 1, dim: 12 };
/** Methods that need a network of their own. */
const BACKBONES: Readonly<Record<string, BackboneOptions>> = {
  cmc: RESNET,
  'dilo-cmc': RESNET,
  ibot: VIT,
  msn: VIT,
  'moco-v3-vit': VIT,
};

/** A method's learner with a tiny network and tiny heads. */
export function tinyLearner(method: AnyMethod, more: object = {}, seed = 0): Learner {
  const sizes = {
    hidden: 12,
    predictor: 10,
    outputs: 8,
    bottleneck: 6,
    prototypes: 10,
    queue: 14,
    images: SET,
    negatives: 9,
  };
  const backbone = BACKBONES[method.name] ?? TINY;
  return method.make({ backbone, ...scaledOptions(method, sizes), ...more }, key(seed));
}

/** A batch with everything that the method reads; `locals` local crops of half the side where it takes them. */
export function tinyBatch(method: AnyMethod, seed = 1): ViewBatch {
  const globals = method.globalViews;
  const locals = {
    none: 0,
    possible: method.name === 'insdis' ? 0 : 2,
    needed: method.name === 'orl' ? 4 : 2,
  }[method.localViews];
  const draw = (name: string, shape: number[]): Tensor => randomNormal(fold(key(seed), name), shape);
  const views = [draw('views', [globals, BATCH, SIDE, SIDE, 3])];
  if (locals > 0) views.push(draw('locals', [locals, BATCH, SIDE / 2, SIDE / 2, 3]));
  const count = globals + locals;
  const make: Record<BatchExtra, () => Tensor> = {
    index: () => tf.tensor1d([7, 2, 19, 0, 11, 5], 'int32'),
    boxes: () => tf.tile(tf.tensor3d([[[0, 0, 0.6, 0.7]]]), [count, BATCH, 1]),
    flips: () => tf.zeros([count, BATCH]),
    scores: () => randomUniform(fold(key(seed), 'scores'), [count, BATCH], 0.1, 0.9),
    masks: () => squareMasks(globals),
    masked: () => tf.mul(views[0], tf.sub(1, tf.expandDims(squareMasks(globals), 4))),
  };
  return { views, extras: Object.fromEntries(method.needs.map((need) => [need, make[need]()])) };
}

/** The middle of every view as its salient region. */
function squareMasks(views: number): Tensor {
  const inside = tf.pad(tf.ones([SIDE / 2, SIDE / 2]) as ReturnType<typeof tf.tensor2d>, [
    [SIDE / 4, SIDE / 4],
    [SIDE / 4, SIDE / 4],
  ]);
  return tf.tile(tf.reshape(inside, [1, 1, SIDE, SIDE]), [views, BATCH, 1, 1]);
}

/** What a step sees beside the batch. */
export function contextOf(learner: Learner, progress = 0.5, seed = 2): StepContext {
  const values = Object.entries(learner.schedules).map(
    ([name, schedule]) => [name, tf.scalar(schedule(progress))] as const,
  );
  return { values: Object.fromEntries(values), key: keyTensor(key(seed)) };
}

/** Loss of a batch: prepare, then loss. */
export function lossOf(learner: Learner, batch: ViewBatch, context = contextOf(learner)): Scalar {
  return learner.loss(batch, learner.prepare?.(batch, context) ?? {}, context).loss;
}

/** What one step of training leaves behind. */
interface StepResult {
  readonly loss: Scalar;
  /** Gradients by the learner's names. */
  readonly gradients: Readonly<Record<string, Tensor>>;
}

/** One step as the training loop takes it, with plain gradient descent; `rate` 0 leaves the weights. */
export function stepOf(learner: Learner, batch: ViewBatch, context: StepContext, rate: number): StepResult {
  const targets = learner.prepare?.(batch, context) ?? {};
  let kept: Record<string, Tensor> = {};
  const { value, grads } = tf.variableGrads(() => {
    const { loss, carry = {} } = learner.loss(batch, targets, context);
    kept = Object.fromEntries(
      Object.entries(carry).map(([name, tensor]) => [name, tf.keep(tf.clone(tensor))]),
    );
    return loss;
  }, [...learner.weights.values()]);
  for (const variable of learner.weights.values()) {
    variable.assign(tf.sub(variable, tf.mul(grads[variable.name], rate)));
  }
  learner.commit?.(targets, kept, context);
  tf.dispose(kept);
  const gradients = Object.fromEntries(
    [...learner.weights].map(([name, { name: own }]) => [name, grads[own]]),
  );
  return { loss: value, gradients };
}

/** Losses of some steps, op by op or as a compiled graph. */
export function losses(learner: Learner, batch: ViewBatch, steps: number, debug: boolean): number[] {
  const step = compile(
    (views: ViewBatch, context: StepContext) => stepOf(learner, views, context, 0.01).loss,
    { debug, name: learner.name },
  );
  const result = Array.from({ length: steps }, (_, index) =>
    tf.tidy(() => step(batch, contextOf(learner, index / steps, index)).dataSync()[0]),
  );
  step.dispose();
  return result;
}

/** Largest absolute value. */
export function largest(tensor: Tensor): number {
  return tf.tidy(() => tf.max(tf.abs(tensor)).dataSync()[0]);
}
