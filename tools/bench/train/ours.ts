import { resNet } from '@fovea/backbones';
import { key } from '@fovea/random';
import { compile, tf, type Scalar, type Tensor, type Variable } from '@fovea/tensorflow';
import { sgd } from '@fovea/train';
import { CLASSES, LEARNING_RATE, MOMENTUM, type TrainCase } from './cases.ts';

/** Seconds of one step: on the clock, and of processor time over all threads, which other processes disturb less. */
export interface StepTime {
  readonly wall: number;
  readonly cpu: number;
}

/** Runs some steps and resolves to the time that each took. */
export interface Runner {
  readonly name: string;
  run(steps: number): Promise<StepTime[]>;
  close(): void;
}

/** Our network and optimiser, as a graph or op by op. */
export function ours(which: TrainCase, graph: boolean): Runner {
  const backbone = resNet({ depth: 18, width: which.width, stem: 'cifar' }, key(0));
  const classifier: Variable = tf.variable(tf.fill([backbone.features, CLASSES], 0.01));
  const weights = new Map([...backbone.parameters.weights, ['classifier', classifier]]);
  const { images, labels } = batch(which);
  const optimiser = sgd({ momentum: MOMENTUM });
  const step = (images: Tensor, labels: Tensor, rate: Scalar): Scalar => {
    const { value, grads } = tf.variableGrads(() => {
      const logits = tf.matMul(
        backbone.forward(images, 'train'),
        classifier.as2D(backbone.features, CLASSES),
      );
      return tf.losses.softmaxCrossEntropy(labels, logits);
    }, [...weights.values()]);
    const gradients = new Map([...weights].map(([name, variable]) => [name, grads[variable.name]]));
    optimiser.step(gradients, weights, rate);
    return value;
  };
  const compiled = compile(step, { debug: !graph });
  return {
    name: graph ? 'compiled step' : 'op by op, native ops',
    run: (steps) => Promise.resolve(timed(steps, () => compiled(images, labels, LEARNING_RATE))),
    close: () => {
      compiled.dispose();
      optimiser.dispose();
      backbone.parameters.dispose();
      tf.dispose([classifier, images, labels]);
    },
  };
}

/** Images of noise and labels as one-hot rows, the same for every peer in shape. */
export function batch({ batch, resolution }: TrainCase): { images: Tensor; labels: Tensor } {
  return tf.tidy(() => ({
    images: tf.randomNormal([batch, resolution, resolution, 3], 0, 1, 'float32', 1),
    labels: tf.oneHot(tf.range(0, batch, 1, 'int32').mod(tf.scalar(CLASSES, 'int32')), CLASSES).toFloat(),
  }));
}

/** Times each step, its loss read back as a training loop does. */
export function timed(steps: number, step: () => Tensor): StepTime[] {
  return Array.from({ length: steps }, () => {
    const start = performance.now();
    const startCpu = process.cpuUsage();
    const loss = step();
    const [value] = loss.dataSync();
    loss.dispose();
    if (!Number.isFinite(value)) throw new Error(`bench: the loss is ${value}.`);
    const { user, system } = process.cpuUsage(startCpu);
    return { wall: (performance.now() - start) / 1e3, cpu: (user + system) / 1e6 };
  });
}
