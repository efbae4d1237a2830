import { checkImage, mapImage, type FloatImage } from '../image.ts';
import { brightnessInPlace } from './adjust-brightness.ts';
import { contrastInPlace } from './adjust-contrast.ts';
import { hueInPlace } from './adjust-hue.ts';
import { saturationInPlace } from './adjust-saturation.ts';
import { checkFactor } from './colour.ts';

/** The four colour adjustments. */
export type Adjustment = 'brightness' | 'contrast' | 'saturation' | 'hue';

/** One draw of colour jitter: factors, and the order in which they are applied. */
export interface ColorJitterParams {
  readonly order: readonly Adjustment[];
  readonly brightness: number;
  readonly contrast: number;
  readonly saturation: number;
  readonly hue: number;
}

/**
 * The four colour adjustments with given factors in a given order, clamped to [0, 1] after each.
 *
 * @param image - [H, W, 3] in [0, 1]
 * @throws RangeError for a factor out of range or an adjustment that is missing, repeated or unknown
 *
 * Source: torchvision `ColorJitter`.
 */
export function colorJitter(image: FloatImage, params: ColorJitterParams): FloatImage {
  checkImage(image, 'colorJitter');
  checkJitterParams(params, 'colorJitter');
  return mapImage(image, (data, offset, pixels) => colorJitterInPlace(data, offset, pixels, params));
}

/** @throws RangeError for a factor out of range or an adjustment that is missing, repeated or unknown */
export function checkJitterParams(params: ColorJitterParams, caller: string): void {
  for (const name of ['brightness', 'contrast', 'saturation'] as const) {
    checkFactor(params[name], `${caller}: ${name}`);
  }
  if (!(Math.abs(params.hue) <= 0.5)) {
    throw new RangeError(`${caller}: hue must be in [-0.5, 0.5] turns, got ${params.hue}.`);
  }
  if ([...params.order].sort().join() !== 'brightness,contrast,hue,saturation') {
    throw new RangeError(
      `${caller}: order must name brightness, contrast, saturation and hue once each, got ${params.order.join()}.`,
    );
  }
}

/** {@link colorJitter} without checks, on `pixels` pixels from `offset` on. */
export function colorJitterInPlace(
  data: Float32Array,
  offset: number,
  pixels: number,
  params: ColorJitterParams,
): void {
  for (const adjustment of params.order) {
    if (adjustment === 'brightness') brightnessInPlace(data, offset, pixels, params.brightness);
    else if (adjustment === 'contrast') contrastInPlace(data, offset, pixels, params.contrast);
    else if (adjustment === 'saturation') saturationInPlace(data, offset, pixels, params.saturation);
    else hueInPlace(data, offset, pixels, params.hue);
  }
}
