import { CIFAR_EVALUATION, evaluationBatch } from '@fovea/augment';
import type { Backbone } from '@fovea/backbones';
import type { RenderedScenes } from '@fovea/data';
import {
  detection,
  mapTap,
  segmentation,
  type DetectionImages,
  type Metric,
  type SegmentationImages,
} from '@fovea/eval';
import { digestJson } from '@fovea/files';
import { fold, type Key } from '@fovea/random';
import type { EvaluationConfig } from './run-config.ts';

const TRAIN_SHARE = 0.6;

/** Segmentation and detection of scenes by heads on the frozen last map: the first three fifths train, the rest test. */
export async function* denseMetrics(
  backbone: Backbone,
  scenes: RenderedScenes,
  { segmentation: pixels, detection: boxes }: Pick<EvaluationConfig, 'segmentation' | 'detection'>,
  key: Key,
): AsyncGenerator<Metric> {
  const cut = Math.round(TRAIN_SHARE * scenes.length);
  const [train, test] = [part(scenes, 0, cut), part(scenes, cut, scenes.length)];
  const tap = mapTap(backbone);
  const classes = scenes.classes.length;
  if (pixels !== null) {
    yield* segmentation(
      { tap, train, test, classes: classes + 1 },
      { head: 'linear', channels: 0, recipe: pixels, key: fold(key, 'segmentation') },
    );
  }
  if (boxes !== null) {
    yield* detection(
      { tap, train, test, classes },
      { channels: 64, enlarge: 2, recipe: boxes, key: fold(key, 'detection') },
    );
  }
}

/** Scenes of a range with the class of every pixel (0: background) and every object's box. */
function part(scenes: RenderedScenes, from: number, to: number): SegmentationImages & DetectionImages {
  const { height, width, instances, objects } = scenes;
  const size = height * width;
  const shifted = (rows: Int32Array): Int32Array => rows.map((row) => from + row);
  return {
    length: to - from,
    digest: digestJson({ of: scenes.digest, from, to }),
    images: (rows) => evaluationBatch(scenes, shifted(rows), CIFAR_EVALUATION),
    masks: (rows) => {
      const masks = new Uint8Array(rows.length * size);
      shifted(rows).forEach((row, at) => {
        const classOf = new Map(objects[row].map(({ instance, label }) => [instance, 1 + label]));
        for (let pixel = 0; pixel < size; pixel++) {
          masks[at * size + pixel] = classOf.get(instances[row * size + pixel]) ?? 0;
        }
      });
      return masks;
    },
    objects: (row) => objects[from + row].map(({ box, label }) => ({ box, label })),
  };
}
