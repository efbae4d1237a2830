import { fold, type Key, Stream } from '@fovea/random';
import type { Box } from '../image.ts';
import type { Adjustment, ColorJitterParams } from '../ops/color-jitter.ts';
import { drawCrop } from './random-resized-crop.ts';
import { checkViewRecipe, type JitterRange, type ViewRecipe } from './recipe.ts';

/** Everything that was drawn for one view; with the image and the recipe it determines every value of the view. */
export interface ViewParams {
  readonly crop: Box;
  readonly flip: boolean;
  readonly jitter: ColorJitterParams | null;
  readonly grayscale: boolean;
  /** Standard deviation in pixels of the view, or null for no blur. */
  readonly blurSigma: number | null;
  readonly solarize: boolean;
}

/**
 * Draws the parameters of one view.
 *
 * Each operation draws from a key of its own, so changing one operation's strength leaves the draws of the others as they were.
 *
 * @param height - of the source image, in pixels
 * @throws RangeError for a malformed recipe or sizes that are no positive integers
 *
 * @example
 * const params = sampleView(CIFAR_SIMCLR.views[0], 32, 32, fold(key(0), 'view'));
 * params.crop; // { top, left, height, width }
 */
export function sampleView(recipe: ViewRecipe, height: number, width: number, key: Key): ViewParams {
  checkViewRecipe(recipe, 'sampleView');
  if (!(Number.isInteger(height) && Number.isInteger(width) && height > 0 && width > 0)) {
    throw new RangeError(`sampleView: sizes must be positive integers, got ${height} x ${width}.`);
  }
  return drawView(recipe, height, width, key);
}

/** {@link sampleView} without checks. */
export function drawView(recipe: ViewRecipe, height: number, width: number, key: Key): ViewParams {
  const { blur, solarize, jitter } = recipe;
  const blurDraw = new Stream(fold(key, BLUR));
  return {
    crop: drawCrop(height, width, recipe.crop, new Stream(fold(key, CROP))),
    flip: new Stream(fold(key, FLIP)).bernoulli(recipe.flip),
    jitter: jitter === null ? null : drawJitter(jitter, new Stream(fold(key, JITTER))),
    grayscale: new Stream(fold(key, GRAYSCALE)).bernoulli(recipe.grayscale),
    blurSigma:
      blur !== null && blurDraw.bernoulli(blur.probability)
        ? blurDraw.uniform(blur.sigma[0], blur.sigma[1])
        : null,
    solarize: solarize !== null && new Stream(fold(key, SOLARIZE)).bernoulli(solarize.probability),
  };
}

// labels of the operations' keys: numbers, since folding text costs more than all draws of a view
export const CROP = 0;
const FLIP = 1;
const JITTER = 2;
const GRAYSCALE = 3;
const BLUR = 4;
const SOLARIZE = 5;

function drawJitter(range: JitterRange, draw: Stream): ColorJitterParams | null {
  if (!draw.bernoulli(range.probability)) return null;
  const around = (strength: number): number => draw.uniform(Math.max(0, 1 - strength), 1 + strength);
  const order: Adjustment[] = ['brightness', 'contrast', 'saturation', 'hue'];
  for (let last = 3; last > 0; last--) {
    const other = draw.integer(0, last + 1);
    [order[last], order[other]] = [order[other], order[last]];
  }
  return {
    order,
    brightness: around(range.brightness),
    contrast: around(range.contrast),
    saturation: around(range.saturation),
    hue: draw.uniform(-range.hue, range.hue),
  };
}
