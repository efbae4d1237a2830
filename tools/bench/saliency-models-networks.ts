import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { CIFAR_SIMCLR, renderView, sampleView, type ViewRecipe } from '@fovea/augment';
import { mlpHead, resNet, vit, type Backbone, type Head, type Vit } from '@fovea/backbones';
import type { RenderedScenes } from '@fovea/data';
import {
  cacheDirectory,
  digestJson,
  readSafetensors,
  safeTensorFloats,
  writeSafetensors,
  type SafeTensor,
} from '@fovea/files';
import { ntXent } from '@fovea/losses';
import { fold, key, Stream } from '@fovea/random';
import {
  compile,
  softmaxCrossEntropy,
  tf,
  type Scalar,
  type Tensor,
  type Tensor1D,
  type Tensor2D,
  type Variable,
} from '@fovea/tensorflow';
import { adamW, cosineSchedule } from '@fovea/train';

/** How a network came by its weights. */
export type Training = 'random' | 'supervised' | 'self-supervised';

/** What a model's maps are made of. */
export type Model =
  { readonly kind: 'resnet'; readonly backbone: Backbone } | { readonly kind: 'vit'; readonly backbone: Vit };

const BATCH = 64;

/** A network with fresh weights. */
export function freshModel(kind: Model['kind'], seed: number): Model {
  if (kind === 'resnet')
    return { kind, backbone: resNet({ depth: 18, width: 8, stem: 'cifar' }, fold(key(seed), 'resnet')) };
  const options = { size: 'tiny', dim: 96, depth: 4, patch: 6, frozenPatches: false } as const;
  return { kind, backbone: vit(options, fold(key(seed), 'vit')) };
}

/**
 * A small network: fresh, trained on the scenes' classes, or by NT-Xent on two views of each scene. Trained weights are kept in the cache, by
 * what determines them.
 */
export function trainedModel(
  kind: Model['kind'],
  training: Training,
  scenes: RenderedScenes,
  steps: number,
): Model {
  const model = freshModel(kind, 0);
  if (training === 'random') return model;
  const name = digestJson({ version: 1, model: model.backbone.name, training, scenes: scenes.digest, steps });
  const file = join(cacheDirectory(), 'saliency-models', `${name.slice(0, 16)}.safetensors`);
  if (existsSync(file)) load(file, model);
  else {
    train(model, training, scenes, steps);
    save(file, model);
  }
  return model;
}

/** Weights and statistics of a network by name. */
export function stateOf({ backbone: { parameters } }: Model): Map<string, Variable> {
  return new Map([...parameters.weights, ...parameters.statistics]);
}

function train(model: Model, training: Training, scenes: RenderedScenes, steps: number): void {
  const { backbone } = model;
  const isSupervised = training === 'supervised';
  const outputs = isSupervised ? scenes.classes.length : 64;
  const head: Head = mlpHead(
    {
      inputs: backbone.features,
      hidden: isSupervised ? [] : [128],
      outputs,
      hiddenNorm: true,
      outputNorm: 'none',
    },
    fold(key(0), 'head'),
  );
  const weights = new Map<string, Variable>([
    ...[...backbone.parameters.weights].map(([name, weight]) => [`backbone/${name}`, weight] as const),
    ...[...head.parameters.weights].map(([name, weight]) => [`head/${name}`, weight] as const),
  ]);
  const optimiser = adamW({ weightDecay: 1e-4 });
  const view = viewOf(scenes.width, isSupervised);
  const rate = cosineSchedule({
    base: model.kind === 'vit' ? 1e-3 : 3e-3,
    steps,
    warmupSteps: Math.ceil(steps / 10),
  });
  const update = compile(
    (first: Tensor, second: Tensor, labels: Tensor1D, learningRate: Scalar) => {
      const embed = (x: Tensor): Tensor2D => head.forward(backbone.forward(x, 'train'), 'train') as Tensor2D;
      const loss = (): Scalar =>
        isSupervised
          ? tf.mean(softmaxCrossEntropy(embed(first), tf.oneHot(labels, outputs).toFloat()))
          : ntXent(embed(first), embed(second), { temperature: 0.2 });
      const { value, grads } = tf.variableGrads(loss, [...weights.values()]);
      const gradients = new Map([...weights].map(([name, weight]) => [name, grads[weight.name]]));
      optimiser.step(gradients, weights, learningRate);
      return value;
    },
    { name: `${model.kind} ${training}` },
  );
  for (let step = 0; step < steps; step++) {
    const [first, second, labels] = batchOf(scenes, view, fold(fold(key(0), 'step'), step));
    const loss = tf.tidy(() => {
      const shape = [BATCH, scenes.height, scenes.width, 3];
      return update(
        tf.tensor(first, shape),
        tf.tensor(second, shape),
        tf.tensor1d(labels, 'int32'),
        rate(step),
      ).dataSync()[0];
    });
    if ((step + 1) % 50 === 0 || step + 1 === steps)
      process.stderr.write(
        `${model.kind}, ${training}: step ${step + 1}/${steps}, loss ${loss.toFixed(3)}\n`,
      );
  }
  update.dispose();
  optimiser.dispose();
  head.parameters.dispose();
}

function viewOf(size: number, isSupervised: boolean): ViewRecipe {
  const [recipe] = CIFAR_SIMCLR.views;
  const normalize = { mean: [0.5, 0.5, 0.5], std: [0.25, 0.25, 0.25] } as const;
  return { ...recipe, size, normalize, crop: { ...recipe.crop, scale: [isSupervised ? 0.5 : 0.25, 1] } };
}

function batchOf(
  scenes: RenderedScenes,
  view: ViewRecipe,
  stepKey: ReturnType<typeof key>,
): [Float32Array, Float32Array, number[]] {
  const length = view.size ** 2 * 3;
  const views = [0, 1].map(() => new Float32Array(BATCH * length));
  const labels = Array.from({ length: BATCH }, (_, n) => {
    const own = fold(stepKey, n);
    const index = new Stream(own).integer(0, scenes.length);
    const image = scenes.image(index);
    views.forEach((out, which) =>
      renderView(image, view, sampleView(view, image.height, image.width, fold(own, which)), out, n * length),
    );
    return scenes.labels[index];
  });
  return [views[0], views[1], labels];
}

function save(file: string, model: Model): void {
  const tensors = new Map<string, SafeTensor>();
  for (const [name, variable] of stateOf(model))
    tensors.set(name, { dtype: 'F32', shape: variable.shape, data: variable.dataSync<'float32'>() });
  writeSafetensors(file, tensors);
}

function load(file: string, model: Model): void {
  const { tensors } = readSafetensors(file);
  for (const [name, variable] of stateOf(model)) {
    const tensor = tensors.get(name);
    if (!tensor) throw new Error(`${file} lacks ${name}; delete it to train anew.`);
    tf.tidy(() => variable.assign(tf.tensor(safeTensorFloats(tensor), variable.shape)));
  }
}
