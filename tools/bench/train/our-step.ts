import { bam, byol, simClr, type Learner, type ViewBatch } from '@fovea/methods';
import { resNet, vit } from '@fovea/backbones';
import { key } from '@fovea/random';
import { tf, type Tensor2D, type Variable } from '@fovea/tensorflow';
import { sgd, UpdateStep } from '@fovea/train';
import type { Settings } from './worker.ts';

/** Our step, as `fit` takes it. */
export function ourStep(settings: Settings): () => number {
  const learner = learnerOf(settings);
  const batch = batchOf(settings);
  const update = new UpdateStep({
    learner,
    optimiser: sgd({ momentum: settings.momentum }),
    learningRate: () => settings.learningRate,
  });
  let step = 0;
  return () => update.run(batch, key(step), step++, 1e6, true).loss;
}

function learnerOf(settings: Settings): Learner {
  const { method, hidden, outputs, temperature, teacherMomentum: m, reg, bamTemperature } = settings;
  const backbone = backboneOptions(settings);
  const projector = { hidden: [hidden], outputs, hiddenNorm: true, outputNorm: 'none' } as const;
  if (method === 'simclr') return simClr({ backbone, projector, temperature, statistics: 'joint' }, key(0));
  if (method === 'byol') {
    const options = {
      backbone,
      projector,
      predictor: projector,
      momentum: [m, m],
      targetMode: 'train',
    } as const;
    return byol(options, key(0));
  }
  if (method === 'bam') {
    const loss = { reg, temperature: bamTemperature, sinkhornIterations: 3, topK: 0, positiveMasking: true };
    return bam({ backbone, projector: { ...projector, outputNorm: 'plain' }, teacher: null, loss }, key(0));
  }
  return supervised(settings);
}

function backboneOptions({ network, width, patch }: Settings) {
  if (network === 'vit-tiny') return { kind: 'vit', size: 'tiny', patch, frozenPatches: false } as const;
  return {
    kind: 'resnet',
    depth: network === 'resnet18' ? 18 : 50,
    width,
    stem: network === 'resnet18' ? 'cifar' : 'imagenet',
  } as const;
}

/** A classifier on the backbone under softmax cross-entropy; no method of the library, so it is made here. */
function supervised(settings: Settings): Learner {
  const { kind, ...options } = backboneOptions(settings);
  const backbone = kind === 'vit' ? vit(options as never, key(0)) : resNet(options as never, key(0));
  const classifier: Variable = tf.tidy(() =>
    tf.variable(tf.fill([backbone.features, settings.classes], 0.01)),
  );
  const weights = new Map([...backbone.parameters.weights, ['classifier', classifier]]);
  return {
    name: 'supervised',
    backbone,
    weights,
    state: weights,
    schedules: {},
    needs: ['index'],
    loss: ({ views: [views], extras }) => {
      const [, batch, height, width] = views.shape;
      const features = backbone.forward(tf.reshape(views, [batch, height, width, 3]), 'train');
      const logits = tf.matMul(
        features as Tensor2D,
        tf.reshape(classifier, [backbone.features, settings.classes]) as Tensor2D,
      );
      const labels = tf.oneHot(tf.cast(extras.index, 'int32'), settings.classes);
      return { loss: tf.losses.softmaxCrossEntropy(labels, logits) };
    },
    dispose: () => undefined,
  };
}

/** Views of noise, and labels. */
function batchOf({ method, batch, resolution, localViews, classes }: Settings): ViewBatch {
  const noise = (views: number, side: number) =>
    tf.randomNormal([views, batch, side, side, 3], 0, 1, 'float32', views);
  return {
    views: [
      noise(method === 'supervised' ? 1 : 2, resolution),
      ...(method === 'bam' ? [noise(localViews, resolution / 2)] : []),
    ],
    extras: {
      index: tf.tidy(() => tf.range(0, batch, 1, 'int32').mod(tf.scalar(classes, 'int32'))),
    },
  };
}
