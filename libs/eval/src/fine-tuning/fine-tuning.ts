import type { Backbone } from '@fovea/backbones';
import { digestJson } from '@fovea/files';
import { fold, permutation, type Key } from '@fovea/random';
import {
  compile,
  randomNormal,
  softmaxCrossEntropy,
  tf,
  type Scalar,
  type Tensor,
  type Tensor1D,
  type Tensor2D,
  type Variable,
} from '@fovea/tensorflow';
import type { FineTuneRecipe } from './fine-tune-presets.ts';
import type { EvalImages, NetworkBatch } from '../images/eval-images.ts';
import { weightsDigest } from '../images/tap.ts';
import { argMaxRows } from '../probes/linear-scores.ts';
import { rateFactor } from '../linear/linear-probe.ts';
import { pause } from '../protocol/pause.ts';
import type { FineTuned, SemiSupervisedTask } from './semi-supervised.ts';
import { readBack } from '../protocol/read-back.ts';

/** A pretrained network and labelled images, to be fine-tuned. */
export interface FineTuningTask {
  /** A network with the pretrained weights, made anew at every call: its weights are changed and freed. */
  backbone(): Backbone;
  readonly train: EvalImages;
  readonly test: EvalImages;
  readonly classes: number;
  /** Images a forward pass of prediction. */
  readonly forwardBatch: number;
  /** Called after each epoch of each training, from 1. */
  readonly onEpoch?: (epoch: number, epochs: number) => void;
}

const MOMENTUM = 0.9;

/**
 * Fine-tuning of a backbone with a new linear head, as the task that `semiSupervised` takes: all weights, batch norm in training mode, crops and flips,
 * one compiled step.
 *
 * `g = dL/dp + wd p; v = 0.9 v + g; p -= lr v`, one rate for the backbone and one for the head; head W ~ N(0, 0.01^2), b = 0. The last, smaller batch of an epoch is
 * kept. Same key, same result.
 *
 * @example
 * const task = fineTuning({ backbone: () => pretrained(), train, test, classes: 10, forwardBatch: 256 });
 * for await (const { metric, value } of semiSupervised(task, { preset: 'swav', share: '1%', rows: labelSplit('cifar10', 1, 0), seeds: [0] })) console.log(metric, value);
 */
export function fineTuning(task: FineTuningTask): SemiSupervisedTask {
  const { train, test, classes } = task;
  let named: string | undefined;
  return {
    trainLabels: train.labels,
    testLabels: test.labels,
    digest: () => (named ??= digestJson([networkDigest(task), train.digest, test.digest, classes])),
    fit: async (rows, recipe, key) => {
      const network = new Network(task.backbone(), classes, key);
      try {
        await fitNetwork(network, task, rows, recipe, key);
      } catch (error) {
        network.dispose();
        throw error;
      }
      const predict = (images: EvalImages, own: Int32Array): Promise<Int32Array> =>
        network.predict(images, own, task.forwardBatch);
      const tuned: FineTuned = {
        predictTrain: (own) => predict(train, own),
        predictTest: () => predict(test, Int32Array.from(test.labels.keys())),
        dispose: () => network.dispose(),
      };
      return tuned;
    },
  };
}

async function fitNetwork(
  network: Network,
  { train, onEpoch }: FineTuningTask,
  rows: Int32Array,
  recipe: FineTuneRecipe,
  key: Key,
): Promise<void> {
  const { batch, epochs } = recipe;
  for (let epoch = 0; epoch < epochs; epoch++) {
    const order = permutation(fold(fold(key, 'order'), epoch), rows.length).map((at) => rows[at]);
    for (let start = 0; start < rows.length; start += batch) {
      const own = order.subarray(start, Math.min(start + batch, rows.length));
      const images = await train.augmented(own, fold(fold(key, 'views'), epoch));
      const labels = own.map((row) => train.labels[row]);
      const loss = network.step(images, labels, recipe, rateFactor(recipe, epoch));
      if (!Number.isFinite(loss)) {
        throw new Error(
          `fineTuning: the loss is ${loss} in epoch ${epoch + 1} with ${recipe.name}; lower its rates.`,
        );
      }
      await pause();
    }
    onEpoch?.(epoch + 1, epochs);
  }
}

type Step = ((x: Tensor, y: Tensor1D, rates: { backbone: number; head: number; decay: number }) => Scalar) & {
  dispose(): void;
};

/** Backbone, head, momentum and the compiled functions over them. */
class Network {
  readonly #backbone: Backbone;
  readonly #classes: number;
  readonly #head: { readonly W: Variable; readonly b: Variable };
  readonly #velocities: Variable[] = [];
  readonly #step: Step;
  readonly #forward: ((x: Tensor) => Tensor2D) & { dispose(): void };

  constructor(backbone: Backbone, classes: number, key: Key) {
    this.#backbone = backbone;
    this.#classes = classes;
    this.#head = tf.tidy(() => ({
      W: tf.variable(randomNormal(fold(key, 'head'), [backbone.features, classes], 0, 0.01)),
      b: tf.variable(tf.zeros([classes])),
    }));
    const { W, b } = this.#head;
    const weights = [...backbone.parameters.weights.values()];
    const all = [...weights, W, b];
    tf.tidy(() => {
      for (const variable of all) this.#velocities.push(tf.variable(tf.zerosLike(variable), false));
    });
    const velocities = this.#velocities;
    const logits = (x: Tensor, mode: 'train' | 'eval'): Tensor2D =>
      tf.add(tf.matMul(backbone.forward(x, mode), W as unknown as Tensor2D), b);
    this.#step = compile(
      (x: Tensor, y: Tensor1D, rates: { backbone: Scalar; head: Scalar; decay: Scalar }) => {
        const loss = (): Scalar =>
          tf.mean(softmaxCrossEntropy(logits(x, 'train'), tf.oneHot(y, classes).toFloat())) as Scalar;
        const { value, grads } = tf.variableGrads(loss, all);
        all.forEach((variable, at) => {
          const rate = at < weights.length ? rates.backbone : rates.head;
          const own = (grads as Record<string, Tensor | undefined>)[variable.name];
          if (own === undefined) return; // a weight that the features do not depend on
          const velocity = tf.add(
            tf.mul(velocities[at], MOMENTUM),
            tf.add(own, tf.mul(variable, rates.decay)),
          );
          velocities[at].assign(velocity);
          variable.assign(tf.sub(variable, tf.mul(velocity, rate)));
        });
        return value;
      },
      { name: 'fine-tuning step' },
    ) as Step;
    this.#forward = compile((x: Tensor) => logits(x, 'eval'), { name: 'fine-tuned network' });
  }

  step(images: NetworkBatch, labels: Int32Array, recipe: FineTuneRecipe, factor: number): number {
    return tf.tidy(() => {
      const rates = {
        backbone: recipe.backboneLr * factor,
        head: recipe.headLr * factor,
        decay: recipe.weightDecay,
      };
      const x = tf.tensor(images.data, [...images.shape]);
      return this.#step(x, tf.tensor1d(labels, 'int32'), rates).dataSync()[0];
    });
  }

  async predict(images: EvalImages, rows: Int32Array, batch: number): Promise<Int32Array> {
    const predictions = new Int32Array(rows.length);
    for (let start = 0; start < rows.length; start += batch) {
      const own = rows.subarray(start, Math.min(start + batch, rows.length));
      const { data, shape } = await images.plain(own);
      const [logits] = readBack<Float32Array>(() => [this.#forward(tf.tensor(data, [...shape]))]);
      predictions.set(argMaxRows(logits, this.#classes), start);
      await pause();
    }
    return predictions;
  }

  dispose(): void {
    this.#step.dispose();
    this.#forward.dispose();
    tf.dispose([this.#head.W, this.#head.b, ...this.#velocities]);
    this.#backbone.parameters.dispose();
  }
}

function networkDigest(task: FineTuningTask): string {
  const backbone = task.backbone();
  try {
    return weightsDigest(backbone);
  } finally {
    backbone.parameters.dispose();
  }
}
