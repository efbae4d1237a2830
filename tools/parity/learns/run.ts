import {
  CIFAR_EVALUATION,
  evaluationBatch,
  openViewSource,
  type LoadablePlanes,
  type OpenViewSource,
} from '@fovea/augment';
import type { Backbone } from '@fovea/backbones';
import type { ImageSet } from '@fovea/data';
import { knnClassify } from '@fovea/eval';
import { contrastiveBoxes, methodNamed, renewsBoxes, type AnyMethod, type Learner } from '@fovea/methods';
import { fold, key, type Key } from '@fovea/random';
import { estimateSaliency, sgclTargetMap } from '@fovea/saliency';
import { tf, type Tensor4D } from '@fovea/tensorflow';
import {
  adamW,
  cosineSchedule,
  extractFeatures,
  fit,
  sgd,
  type FitHistory,
  type ViewSource,
} from '@fovea/train';
import { objectViews } from './object-views.ts';
import { DATA, optionsOf, type LearnsPreset } from './presets.ts';

/** What one short run shows. */
export interface LearnsOutcome {
  /** kNN top-1 of the network before its first step and after its last, percent. */
  readonly untrained: number;
  readonly trained: number;
  /** Standard error of the difference, in points: the same test images are judged twice. */
  readonly standardError: number;
  readonly spread: number;
  readonly effectiveRank: number;
  /** Whether the loss is that of embeddings that are all alike, or the monitors say that they are. */
  readonly collapsed: boolean;
  /** Mean loss of every epoch. */
  readonly losses: readonly number[];
  /** Of training alone. */
  readonly seconds: number;
}

/** The images that methods train on and are judged by. */
export interface LearnsData {
  readonly train: ImageSet;
  readonly test: ImageSet;
}

/** Trains a method by its preset and judges its features before and after by kNN. */
export async function runLearns(
  name: string,
  preset: LearnsPreset,
  seed: number,
  data: LearnsData,
  log: (line: string) => void,
): Promise<LearnsOutcome> {
  const root = key(seed);
  const method = methodNamed(name);
  const learner = method.make(
    { backbone: preset.backbone, ...optionsOf(method, preset) },
    fold(root, 'learner'),
  );
  try {
    const before = judged(learner.backbone, data);
    const history = await trained(method, learner, preset, data.train, fold(root, 'views'), log);
    const after = judged(learner.backbone, data);
    const last = (series: string): number =>
      history.series.find(({ name: own }) => own === `collapse/${series}`)?.values.at(-1) ?? NaN;
    const { length } = after;
    const share = (right: Uint8Array): number => right.reduce((sum, one) => sum + one, 0) / length;
    const [mean, square] = after.reduce(
      ([sum, squares], right, at) => [sum + right - before[at], squares + (right - before[at]) ** 2],
      [0, 0],
    );
    const variance = square / length - (mean / length) ** 2;
    return {
      untrained: 100 * share(before),
      trained: 100 * share(after),
      standardError: 100 * Math.sqrt(variance / length),
      spread: last('featureStd'),
      effectiveRank: last('effectiveRank'),
      // A warning of the last epoch: embeddings of a network at its start are often nearly alike.
      collapsed:
        history.collapsed ||
        history.warnings.some((warning) => warning.startsWith(`step ${history.losses.length}: embeddings`)),
      losses: history.epochs.map(({ loss }) => loss),
      seconds: history.seconds,
    };
  } finally {
    learner.dispose();
  }
}

async function trained(
  method: AnyMethod,
  learner: Learner,
  preset: LearnsPreset,
  train: ImageSet,
  own: Key,
  log: (line: string) => void,
): Promise<FitHistory> {
  const { epochs, learningRate, weightDecay } = preset;
  const steps = epochs * Math.floor(train.length / DATA.batch);
  const optimiser = preset.optimiser === 'sgd' ? sgd({ momentum: 0.9, weightDecay }) : adamW({ weightDecay });
  const { views, close } = viewsOf(method, learner, preset, train, own);
  try {
    return await fit({
      learner,
      views,
      epochs,
      optimiser,
      key: fold(own, 'steps'),
      learningRate: cosineSchedule({ base: learningRate, steps, warmupSteps: Math.round(steps / epochs) }),
      ...(preset.clipNorm !== undefined && { clipNorm: preset.clipNorm }),
      onEpoch: ({ epoch, loss }) => {
        log(`  epoch ${epoch}: loss ${loss.toFixed(4)}`);
      },
    });
  } finally {
    optimiser.dispose();
    await close();
  }
}

interface Views {
  readonly views: ViewSource;
  close(): Promise<void>;
}

/** The views of a method, with everything that it reads beside them. */
function viewsOf(
  method: AnyMethod,
  learner: Learner,
  { recipe }: LearnsPreset,
  train: ImageSet,
  own: Key,
): Views {
  if (method.name === 'orl') {
    return {
      views: objectViews(learner.backbone, train, recipe, DATA.batch, own),
      close: async () => undefined,
    };
  }
  const { needs, boxes } = learner;
  const wantsPlanes = method.paste !== undefined || needs.some((need) => need.startsWith('mask'));
  const source = openViewSource({
    images: train,
    recipe,
    batch: DATA.batch,
    key: own,
    extras: needs,
    ...(wantsPlanes && { planes: saliencyOf(train) }),
    ...(method.paste !== undefined && { paste: { ...method.paste, boundary: 0 } }),
  });
  const close = (): Promise<void> => source.close();
  if (needs.includes('scores')) {
    const locals = recipe.views.flatMap((_, view) => (view < method.globalViews ? [] : [view]));
    return {
      close,
      views: guided(source, (epoch) => {
        if (epoch > 0) source.guideBy({ kind: 'maps', views: locals, maps: mapsOf(learner.backbone, train) });
      }),
    };
  }
  if (boxes === undefined) return { views: source, close };
  return {
    close,
    views: guided(source, (epoch) => {
      if (!renewsBoxes(boxes, epoch)) return;
      const found = contrastiveBoxes(learner.backbone, train.length, 200, evaluated(train), boxes);
      source.guideBy({ kind: 'boxes', views: [0, 1], boxes: found, alpha: boxes.alpha });
    }),
  };
}

/** The source with guides that are made at the start of an epoch from the network as it then is. */
function guided(source: OpenViewSource, atEpoch: (epoch: number) => void): ViewSource {
  let last = -1;
  return {
    images: source.images,
    stepsPerEpoch: source.stepsPerEpoch,
    ahead: 0,
    batch: (epoch, step) => {
      if (epoch !== last) atEpoch(epoch);
      last = epoch;
      return source.batch(epoch, step);
    },
  };
}

/** Salient regions of the images by an estimator that needs no training. */
function saliencyOf(images: ImageSet): LoadablePlanes {
  const { length, height, width } = images;
  const planes = new Float32Array(length * height * width);
  for (let index = 0; index < length; index++) {
    planes.set(estimateSaliency(images.image(index), 'mbd').data, index * height * width);
  }
  return { planes, height, width };
}

/** SGCL's maps: of the evaluated network itself. */
function mapsOf(backbone: Backbone, images: ImageSet): LoadablePlanes {
  const { length, height, width } = images;
  const planes = new Float32Array(length * height * width);
  const batch = evaluated(images);
  for (let from = 0; from < length; from += 200) {
    const { data, shape } = batch(from, Math.min(from + 200, length));
    tf.tidy(() => {
      const map = backbone.featureMap(tf.tensor(data, [...shape]), 'eval') as Tensor4D;
      planes.set(sgclTargetMap(map, [height, width]).dataSync(), from * height * width);
    });
  }
  return { planes, height, width };
}

/** 1 for every test image whose class its neighbours name, else 0. */
function judged(backbone: Backbone, { train, test }: LearnsData): Uint8Array {
  const [bank, queries] = [train, test].map((images) =>
    extractFeatures(backbone, images.length, 250, evaluated(images)),
  );
  const { predictions } = knnClassify(
    { features: bank, labels: train.labels },
    queries,
    test.classes.length,
    DATA.knn,
  );
  return Uint8Array.from(predictions, (predicted, at) => Number(predicted === test.labels[at]));
}

function evaluated(images: ImageSet) {
  return (from: number, to: number) => {
    const range = Int32Array.from({ length: to - from }, (_, index) => from + index);
    return evaluationBatch(images, range, CIFAR_EVALUATION);
  };
}
