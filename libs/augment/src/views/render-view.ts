import { checkImage, type ByteImage } from '../image.ts';
import { loadKernels } from '../kernels/load-kernels.ts';
import { renderFast } from '../kernels/render-fast.ts';
import { checkJitterParams, colorJitterInPlace } from '../ops/color-jitter.ts';
import { blurInPlace } from '../ops/gaussian-blur.ts';
import { grayscaleInPlace } from '../ops/grayscale.ts';
import { normalizeInPlace } from '../ops/normalize.ts';
import { checkBox, resizedCropInto } from '../ops/resized-crop.ts';
import { solarizeInPlace } from '../ops/solarize.ts';
import { checkViewRecipe, type ViewRecipe } from './recipe.ts';
import type { ViewParams } from './sample-view.ts';

/**
 * Renders one view into a batch that the caller owns: crop and flip, jitter, grey, blur, solarise, normalise.
 *
 * @param image - [H, W, 3] bytes
 * @param params - from {@link sampleView}, for an image of these sizes
 * @param out - receives size x size x 3 numbers from `offset` on
 * @throws RangeError when the box leaves the image, a factor is out of range or the view does not fit into `out`
 *
 * @example
 * const out = new Float32Array(32 * 32 * 3);
 * renderView(set.image(0), recipe, sampleView(recipe, 32, 32, key(0)), out, 0);
 */
export function renderView(
  image: ByteImage,
  recipe: ViewRecipe,
  params: ViewParams,
  out: Float32Array,
  offset: number,
): void {
  check(image, recipe, params, out, offset, 'renderView');
  draw(image, recipe, params, out, offset);
}

/** {@link renderView} without checks: by the kernels where this engine has WebAssembly SIMD, else by the reference. */
export function draw(
  image: ByteImage,
  recipe: ViewRecipe,
  params: ViewParams,
  out: Float32Array,
  offset: number,
): void {
  const kernels = loadKernels();
  if (kernels === null) {
    drawReference(image, recipe, params, out, offset);
    return;
  }
  const { blur, solarize, size, normalize } = recipe;
  const { crop, flip, jitter, grayscale, blurSigma } = params;
  const view = {
    crop, flip, jitter, grayscale, normalize,
    height: size,
    width: size,
    interpolation: recipe.crop.interpolation,
    blur: blur === null || blurSigma === null ? null : { kernelSize: blur.kernelSize, sigma: blurSigma },
    solarize: params.solarize ? solarize : null,
  }; // prettier-ignore
  renderFast(kernels, image, view, out, offset);
}

/**
 * {@link renderView} by the reference in TypeScript: float64 arithmetic, one operation after another. It is what runs where an engine lacks
 * WebAssembly SIMD, and what the kernels are checked against.
 */
export function renderViewReference(
  image: ByteImage,
  recipe: ViewRecipe,
  params: ViewParams,
  out: Float32Array,
  offset: number,
): void {
  check(image, recipe, params, out, offset, 'renderViewReference');
  drawReference(image, recipe, params, out, offset);
}

function check(
  image: ByteImage,
  recipe: ViewRecipe,
  { crop, jitter, blurSigma }: ViewParams,
  out: Float32Array,
  offset: number,
  caller: string,
): void {
  checkImage(image, caller);
  checkViewRecipe(recipe, caller);
  checkBox(crop, image, caller);
  if (jitter !== null) checkJitterParams(jitter, `${caller}: jitter`);
  if (blurSigma !== null && !(blurSigma > 0 && Number.isFinite(blurSigma)))
    throw new RangeError(
      `${caller}: blurSigma must be a finite number > 0 pixels or null, got ${blurSigma}.`,
    );
  const needed = recipe.size * recipe.size * 3;
  if (!(Number.isInteger(offset) && offset >= 0 && offset + needed <= out.length)) {
    throw new RangeError(
      `${caller}: out must hold ${needed} values from offset ${offset} on, got ${out.length}.`,
    );
  }
}

/** {@link renderViewReference} without checks. */
function drawReference(
  image: ByteImage,
  recipe: ViewRecipe,
  params: ViewParams,
  out: Float32Array,
  offset: number,
): void {
  const { size } = recipe;
  const pixels = size * size;
  const { interpolation } = recipe.crop;
  resizedCropInto(image, params.crop, params.flip, size, size, interpolation, out, offset);
  if (interpolation === 'bicubic') clampInPlace(out, offset, pixels); // the cubic overshoots at edges
  if (params.jitter !== null) colorJitterInPlace(out, offset, pixels, params.jitter);
  if (params.grayscale) grayscaleInPlace(out, offset, pixels);
  if (params.blurSigma !== null && recipe.blur !== null) {
    blurInPlace(out, offset, size, size, recipe.blur.kernelSize, params.blurSigma);
  }
  if (params.solarize && recipe.solarize !== null) {
    solarizeInPlace(out, offset, pixels, recipe.solarize.threshold);
  }
  normalizeInPlace(out, offset, pixels, recipe.normalize);
}

function clampInPlace(data: Float32Array, offset: number, pixels: number): void {
  const end = offset + pixels * 3;
  for (let i = offset; i < end; i++) data[i] = Math.min(1, Math.max(0, data[i]));
}
