import { checkOptions } from '../protocol/check-options.ts';
import type { Metric } from '../protocol/metric.ts';
import { energyPointing } from '../metrics/energy-pointing.ts';
import { bestMapIou, mapIou } from '../metrics/map-iou.ts';
import { pixelAveragePrecision } from '../metrics/pixel-average-precision.ts';
import { pointingGame, type MapsAndMasks } from '../metrics/pointing-game.ts';
import { pause } from '../protocol/pause.ts';

export interface GroundingOptions {
  /** Pixels by which the pointing game may miss; 15 at 224 pixels in the literature. */
  readonly tolerance: number;
  /** Thresholds on the min-max normalised map, each reported by name. */
  readonly thresholds: readonly number[];
  /** Where given, the threshold of the list with the best mean IoU on these other maps is applied to the evaluated ones: `….iou.chosen`. */
  readonly validation?: MapsAndMasks;
}

/**
 * How well maps point at objects: `grounding.pointing.tol<t>`, `grounding.energy`, `grounding.pxap`, `grounding.iou.at<threshold>` for each threshold, and with `validation`
 * `grounding.iou.chosen`, all in percent.
 *
 * A threshold is only ever chosen on the validation maps; `chosen.threshold` says which it was. For best heads and boxes see `bestHeadJaccard` and `corLoc`.
 *
 * @throws Error for NaN (with its map), constant maps, negative values, empty masks
 */
export async function* grounding(
  test: MapsAndMasks,
  options: GroundingOptions,
): AsyncGenerator<Metric, void, undefined> {
  checkOptions(options, ['tolerance', 'thresholds', 'validation'], 'grounding');
  const { tolerance, thresholds, validation } = options;
  const chosen = validation && bestMapIou(validation, { thresholds }).threshold;
  await pause();
  const n = test.maps.length / (test.height * test.width);
  const rest = { n, unit: '%', direction: 'up' } as const;
  const { accuracy } = pointingGame(test, { tolerance });
  yield { metric: `grounding.pointing.tol${tolerance}`, value: 100 * accuracy, ...rest };
  const energies = energyPointing(test);
  yield {
    metric: 'grounding.energy',
    value: (100 * energies.reduce((sum, one) => sum + one, 0)) / n,
    ...rest,
  };
  yield { metric: 'grounding.pxap', value: 100 * pixelAveragePrecision(test), ...rest };
  for (const threshold of thresholds) {
    yield { metric: `grounding.iou.at${threshold}`, value: 100 * mapIou(test, { threshold }).mean, ...rest };
  }
  if (chosen !== undefined) {
    const { mean } = mapIou(test, { threshold: chosen });
    yield { metric: 'grounding.iou.chosen', value: 100 * mean, ...rest, chosen: { threshold: chosen } };
  }
}
