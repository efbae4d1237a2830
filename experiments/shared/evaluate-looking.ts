import type { Backbone } from '@fovea/backbones';
import type { RenderedScenes, SceneVariant } from '@fovea/data';
import {
  argMaxRows,
  backgroundsChallenge,
  energyPointing,
  linearScores,
  logisticRegression,
  scaleFeatures,
  type BackgroundPredictions,
  type LabelledFeatures,
  type Metric,
} from '@fovea/eval';
import { networkMapsOf, type NetworkMap } from './network-maps.ts';

/** Backgrounds Challenge by multinomial logistic regression on the labelled features; `variants` are the features of the test objects in each. */
export async function backgroundMetrics(
  backbone: Backbone,
  variants: Readonly<Record<SceneVariant, LabelledFeatures>>,
  train: LabelledFeatures,
  classes: number,
): Promise<Metric[]> {
  const names = Object.keys(variants) as SceneVariant[];
  const found = Object.values(variants);
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
  const metrics: Metric[] = [];
  for await (const metric of backgroundsChallenge(predictions)) metrics.push(metric);
  return metrics;
}

const MAPS: readonly NetworkMap[] = ['channel-sum', 'vda-gradient', 'vda-features'];
const COVERED = 0.5;

/**
 * Where the network looks on scenes with known objects: `coverage.t0.5`, the share of the salient pixels where the map is 0.5 or more, and
 * `energy`, the share of the map's mass on salient pixels. Maps without any mass count as 0.
 */
export function groundingMetrics(backbone: Backbone, scenes: RenderedScenes): Metric[] {
  const { length, height, width } = scenes;
  const size = height * width;
  const masks = Uint8Array.from(scenes.instances, (instance) => Number(instance > 0));
  const all = networkMapsOf(backbone, scenes, scenes, MAPS);
  return MAPS.flatMap((kind): Metric[] => {
    const maps = all[kind];
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
