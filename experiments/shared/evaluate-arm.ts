import { evaluationBatch } from '@fovea/augment';
import type { Backbone } from '@fovea/backbones';
import type { ImageSet, RenderedScenes } from '@fovea/data';
import {
  argMaxRows,
  backgroundsChallenge,
  energyPointing,
  knn,
  linear,
  linearScores,
  logisticRegression,
  scaleFeatures,
  type BackgroundPredictions,
  type BackgroundVariant,
  type LabelledFeatures,
  type Metric,
} from '@fovea/eval';
import { fold, type Key } from '@fovea/random';
import { extractFeatures } from '@fovea/train';
import { EVALUATION_RECIPE } from './evaluation-recipe.ts';
import { networkMaps, type NetworkMap } from './network-maps.ts';
import type { RunConfig } from './run-config.ts';
import type { RunData } from './run-data.ts';

const BATCH = 250;

/** Every figure that a run's configuration asks of a frozen network. */
export async function evaluateArm(
  backbone: Backbone,
  data: RunData,
  { evaluation }: Pick<RunConfig, 'evaluation'>,
  key: Key,
): Promise<Metric[]> {
  const train = featuresOf(backbone, data.labelled);
  const test = featuresOf(backbone, data.test);
  const classes = data.test.classes.length;
  const metrics = await collect(knn({ train, test, classes }, evaluation.knn));
  metrics.push(
    ...(await collect(
      linear({ train, test, classes }, { preset: evaluation.linear, key: fold(key, 'linear') }),
    )),
  );
  for (const [percent, set] of Object.entries(data.few ?? {})) {
    const few = featuresOf(backbone, set);
    const options = { preset: evaluation.linear, key: fold(key, `linear ${percent}`) };
    const found = await collect(linear({ train: few, test, classes }, options));
    metrics.push(
      ...found.map(({ metric, ...rest }) => ({
        ...rest,
        metric: metric.replace('cached', `labels-${percent}pct`),
      })),
    );
  }
  if (data.variants !== null) metrics.push(...(await backgrounds(backbone, data, train, classes)));
  if (data.scenes !== null) metrics.push(...grounding(backbone, data.scenes));
  return metrics;
}

/** Backgrounds Challenge by multinomial logistic regression on the labelled features. */
async function backgrounds(
  backbone: Backbone,
  { variants }: RunData,
  train: LabelledFeatures,
  classes: number,
): Promise<Metric[]> {
  const names = Object.keys(variants ?? {}) as BackgroundVariant[];
  const found = Object.values(variants ?? {}).map((set) => featuresOf(backbone, set));
  const [features, ...others] = scaleFeatures(
    'standardised',
    backbone.features,
    train.features,
    ...found.map((one) => one.features),
  );
  const options = { C: 1 / train.labels.length, precision: 'float32' } as const;
  const fitted = logisticRegression({ ...train, features }, classes, options);
  const predictions: BackgroundPredictions = Object.fromEntries(
    names.map((name, at) => [
      name,
      { predictions: argMaxRows(linearScores(fitted, others[at]), classes), labels: found[at].labels },
    ]),
  );
  return collect(backgroundsChallenge(predictions));
}

const MAPS: readonly NetworkMap[] = ['channel-sum', 'vda-gradient', 'vda-features'];
const COVERED = 0.5;

/**
 * Where the network looks on scenes with known objects: `coverage.t0.5`, the share of the salient pixels where the map is 0.5 or more, and
 * `energy`, the share of the map's mass on salient pixels. Maps without any mass count as 0.
 */
function grounding(backbone: Backbone, scenes: RenderedScenes): Metric[] {
  const { length, height, width } = scenes;
  const size = height * width;
  const masks = Uint8Array.from(scenes.instances, (instance) => Number(instance > 0));
  return MAPS.flatMap((kind): Metric[] => {
    const maps = networkMaps(backbone, scenes, scenes, kind);
    let [covered, energy] = [0, 0];
    for (let image = 0; image < length; image++) {
      const map = maps.subarray(image * size, (image + 1) * size);
      const mask = masks.subarray(image * size, (image + 1) * size);
      const salient = mask.reduce((sum, value) => sum + value, 0);
      covered +=
        map.reduce((sum, value, at) => sum + Number(mask[at] === 1 && value >= COVERED), 0) / salient;
      if (map.some((value) => value > 0))
        energy += energyPointing({ maps: map, masks: mask, height, width })[0];
    }
    const share = { n: length, unit: '%', direction: 'up' } as const;
    return [
      { metric: `grounding.${kind}.coverage.t${COVERED}`, value: (100 * covered) / length, ...share },
      { metric: `grounding.${kind}.energy`, value: (100 * energy) / length, ...share },
    ];
  });
}

function featuresOf(backbone: Backbone, images: ImageSet): LabelledFeatures {
  const features = extractFeatures(backbone, images.length, BATCH, (from, to) =>
    evaluationBatch(
      images,
      Int32Array.from({ length: to - from }, (_, row) => from + row),
      EVALUATION_RECIPE,
    ),
  );
  return { features, labels: images.labels };
}

async function collect(metrics: AsyncIterable<Metric>): Promise<Metric[]> {
  const all: Metric[] = [];
  for await (const metric of metrics) all.push(metric);
  return all;
}
