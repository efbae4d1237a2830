import type { Interpolation } from '../ops/resample-weights.ts';
import { checkStatistics, type ChannelStatistics } from '../ops/normalize.ts';
import { checkCropRange, type CropRange } from './random-resized-crop.ts';

/** How one view of an image is drawn. Every key is required: nothing has a hidden default. */
export interface ViewRecipe {
  /** Height and width of the view in pixels. */
  readonly size: number;
  readonly crop: CropRange & { readonly interpolation: Interpolation };
  /** Probability of mirroring. */
  readonly flip: number;
  /** Colour jitter: factors are drawn from [1 - x, 1 + x] (not below 0), hue from [-x, x] turns. */
  readonly jitter: JitterRange | null;
  /** Probability of turning grey. */
  readonly grayscale: number;
  /** Gaussian blur: sigma (not radius) in pixels of the view, drawn uniformly. */
  readonly blur: {
    readonly probability: number;
    readonly sigma: readonly [number, number];
    readonly kernelSize: number;
  } | null;
  /** Inversion of values at or above a threshold in [0, 1]. */
  readonly solarize: { readonly probability: number; readonly threshold: number } | null;
  readonly normalize: ChannelStatistics;
}

/** Strengths of colour jitter. */
export interface JitterRange {
  readonly probability: number;
  readonly brightness: number;
  readonly contrast: number;
  readonly saturation: number;
  readonly hue: number;
}

/** The views of one learner, in order, and where they were read. */
export interface ViewsRecipe {
  readonly name: string;
  readonly source: string;
  readonly views: readonly ViewRecipe[];
}

/**
 * Checks a recipe, so that a misspelt key or a value out of range stops the run before it starts.
 *
 * @throws RangeError naming the view and the key
 */
export function checkRecipe(recipe: ViewsRecipe): void {
  checkKeys(recipe, ['name', 'source', 'views'], 'recipe');
  if (recipe.views.length === 0) throw new RangeError('recipe: views must not be empty.');
  recipe.views.forEach((view, index) => checkViewRecipe(view, `recipe ${recipe.name}: view ${index}`));
}

/** @throws RangeError naming the key that is missing, unknown or out of range */
export function checkViewRecipe(view: ViewRecipe, caller: string): void {
  checkKeys(view, ['size', 'crop', 'flip', 'jitter', 'grayscale', 'blur', 'solarize', 'normalize'], caller);
  if (!(Number.isInteger(view.size) && view.size > 0)) {
    throw new RangeError(`${caller}: size must be a positive integer, got ${view.size}.`);
  }
  checkKeys(view.crop, ['scale', 'ratio', 'interpolation'], `${caller}: crop`);
  checkCropRange(view.crop, `${caller}: crop`);
  if (!['bilinear', 'bicubic'].includes(view.crop.interpolation)) {
    throw new RangeError(
      `${caller}: crop.interpolation must be bilinear or bicubic, got ${view.crop.interpolation}.`,
    );
  }
  checkProbability(view.flip, `${caller}: flip`);
  checkProbability(view.grayscale, `${caller}: grayscale`);
  if (view.jitter !== null) checkJitter(view.jitter, `${caller}: jitter`);
  if (view.blur !== null) {
    const { probability, sigma, kernelSize } = view.blur;
    checkKeys(view.blur, ['probability', 'sigma', 'kernelSize'], `${caller}: blur`);
    checkProbability(probability, `${caller}: blur.probability`);
    if (!(sigma[0] > 0 && sigma[0] <= sigma[1] && Number.isFinite(sigma[1]))) {
      throw new RangeError(`${caller}: blur.sigma must be 0 < low <= high pixels, got ${sigma.join()}.`);
    }
    if (!(Number.isInteger(kernelSize) && kernelSize > 0 && kernelSize % 2 === 1)) {
      throw new RangeError(`${caller}: blur.kernelSize must be an odd positive integer, got ${kernelSize}.`);
    }
  }
  if (view.solarize !== null) {
    checkKeys(view.solarize, ['probability', 'threshold'], `${caller}: solarize`);
    checkProbability(view.solarize.probability, `${caller}: solarize.probability`);
    checkProbability(view.solarize.threshold, `${caller}: solarize.threshold`);
  }
  checkKeys(view.normalize, ['mean', 'std'], `${caller}: normalize`);
  checkStatistics(view.normalize, `${caller}: normalize`);
}

function checkJitter(jitter: JitterRange, caller: string): void {
  checkKeys(jitter, ['probability', 'brightness', 'contrast', 'saturation', 'hue'], caller);
  checkProbability(jitter.probability, `${caller}.probability`);
  for (const name of ['brightness', 'contrast', 'saturation'] as const) {
    if (!(jitter[name] >= 0 && Number.isFinite(jitter[name]))) {
      throw new RangeError(`${caller}.${name} must be a finite number >= 0, got ${jitter[name]}.`);
    }
  }
  if (!(jitter.hue >= 0 && jitter.hue <= 0.5)) {
    throw new RangeError(`${caller}.hue must be in [0, 0.5] turns, got ${jitter.hue}.`);
  }
}

function checkProbability(value: number, caller: string): void {
  if (!(value >= 0 && value <= 1)) throw new RangeError(`${caller} must be in [0, 1], got ${value}.`);
}

/** @throws RangeError naming keys that are unknown or missing */
export function checkKeys(value: object, known: readonly string[], caller: string): void {
  const own = Object.keys(value);
  const unknown = own.filter((name) => !known.includes(name));
  if (unknown.length > 0)
    throw new RangeError(`${caller}: unknown key ${unknown.join()}; known: ${known.join()}.`);
  const missing = known.filter((name) => !own.includes(name));
  if (missing.length > 0) throw new RangeError(`${caller}: missing key ${missing.join()}.`);
}
