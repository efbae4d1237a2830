import { SCENE_VARIANTS, type SceneVariant } from '@fovea/data';
import { accuracy } from '../metrics/accuracy.ts';
import { checkOptions } from '../protocol/check-options.ts';
import type { Metric } from '../protocol/metric.ts';
import { pause } from '../protocol/pause.ts';

/** Predictions on the same foregrounds in each variant. */
export type BackgroundPredictions = Readonly<
  Partial<Record<SceneVariant, { readonly predictions: Int32Array; readonly labels: Int32Array }>>
>;

/**
 * Backgrounds Challenge: `backgrounds.<variant>.top1` for every variant given, and `backgrounds.bg-gap`, accuracy on Mixed-Same minus Mixed-Rand.
 *
 * On the variants without foreground (`no-fg`, `only-bg-*`) a low accuracy is the better one.
 *
 * @throws Error for an unknown variant, or when mixed-same or mixed-rand is missing
 */
export async function* backgroundsChallenge(
  variants: BackgroundPredictions,
): AsyncGenerator<Metric, void, undefined> {
  checkOptions(variants, SCENE_VARIANTS, 'backgroundsChallenge');
  await pause();
  const { 'mixed-same': same, 'mixed-rand': random } = variants;
  if (!same || !random) throw new Error('backgroundsChallenge: bg-gap needs mixed-same and mixed-rand.');
  const percent = ({ predictions, labels }: { predictions: Int32Array; labels: Int32Array }): number =>
    100 * accuracy(predictions, labels);
  for (const variant of SCENE_VARIANTS) {
    const found = variants[variant];
    if (!found) continue;
    yield {
      metric: `backgrounds.${variant}.top1`,
      value: percent(found),
      n: found.labels.length,
      unit: '%',
      direction: /^(no-fg|only-bg)/.test(variant) ? 'down' : 'up',
    };
  }
  const n = same.labels.length;
  yield {
    metric: 'backgrounds.bg-gap',
    value: percent(same) - percent(random),
    n,
    unit: '%',
    direction: 'down',
  };
}
