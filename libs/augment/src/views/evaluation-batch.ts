import { type ByteImage, checkImage } from '../image.ts';
import { loadKernels } from '../kernels/load-kernels.ts';
import { renderFast } from '../kernels/render-fast.ts';
import { centerCropResize, checkCenterCrop } from '../ops/center-crop-resize.ts';
import { checkStatistics, normalizeInPlace, type ChannelStatistics } from '../ops/normalize.ts';
import type { Interpolation } from '../ops/resample-weights.ts';
import type { ImageSource } from './render-batch.ts';
import { checkKeys } from './recipe.ts';

/** How images are prepared for evaluation: nothing random. */
export interface EvaluationRecipe {
  /** Resize of the short side and central crop; null: images are taken as they are. */
  readonly resize: {
    readonly short: number;
    readonly crop: number;
    readonly interpolation: Interpolation;
  } | null;
  readonly normalize: ChannelStatistics;
}

/** A batch of images ready for a network. */
export interface EvaluationBatch {
  readonly data: Float32Array; // [B, H, W, 3]
  readonly shape: readonly [batch: number, height: number, width: number, channels: 3];
}

/**
 * Normalised images at some indices, with no random change.
 *
 * @param indices - [B] indices into the source
 * @param out - receives the values; default: a new buffer
 * @throws RangeError for a malformed recipe, an empty batch, images of different sizes or a buffer of another length
 *
 * @example
 * const { data, shape } = evaluationBatch(test, [0, 1, 2], CIFAR_EVALUATION);
 */
export function evaluationBatch(
  source: ImageSource,
  indices: ArrayLike<number>,
  recipe: EvaluationRecipe,
  out?: Float32Array,
): EvaluationBatch {
  checkKeys(recipe, ['resize', 'normalize'], 'evaluationBatch');
  checkStatistics(recipe.normalize, 'evaluationBatch');
  const { resize } = recipe;
  if (resize !== null) checkKeys(resize, ['short', 'crop', 'interpolation'], 'evaluationBatch: resize');
  const batch = indices.length;
  if (batch === 0) throw new RangeError('evaluationBatch: indices must not be empty.');
  const first = source.image(indices[0]);
  const height = resize?.crop ?? first.height;
  const width = resize?.crop ?? first.width;
  const stride = height * width * 3;
  const data = out ?? new Float32Array(batch * stride);
  if (data.length !== batch * stride) {
    throw new RangeError(
      `evaluationBatch: out must hold ${batch} x ${height} x ${width} x 3 values, got ${data.length}.`,
    );
  }
  for (let row = 0; row < batch; row++) {
    const image = source.image(indices[row]);
    const offset = row * stride;
    if (resize !== null) {
      evaluationView(image, resize, recipe.normalize, data, offset);
    } else {
      checkImage(image, 'evaluationBatch');
      if (image.height !== height || image.width !== width) {
        throw new RangeError(
          `evaluationBatch: image ${indices[row]} is ${image.height} x ${image.width}, the first ${height} x ${width}; set resize.`,
        );
      }
      for (let i = 0; i < stride; i++) data[offset + i] = image.data[i] / 255;
      normalizeInPlace(data, offset, height * width, recipe.normalize);
    }
  }
  return { data, shape: [batch, height, width, 3] };
}

/** Short side resized, centre cut out, normalised: by the kernels where this engine has WebAssembly SIMD. */
function evaluationView(
  image: ByteImage,
  { short, crop, interpolation }: NonNullable<EvaluationRecipe['resize']>,
  normalize: ChannelStatistics,
  out: Float32Array,
  offset: number,
): void {
  const kernels = loadKernels();
  if (kernels === null || interpolation === 'bicubic') {
    // the kernels clamp what a cubic overshoots, as views do; evaluation follows the reference
    out.set(centerCropResize(image, short, crop, interpolation).data, offset);
    normalizeInPlace(out, offset, crop * crop, normalize);
    return;
  }
  const size = checkCenterCrop(image, short, crop);
  const whole = new Float32Array(size.height * size.width * 3);
  const box = { top: 0, left: 0, height: image.height, width: image.width };
  const plain = { flip: false, jitter: null, grayscale: false, blur: null, solarize: null };
  const view = { ...plain, crop: box, height: size.height, width: size.width, interpolation, normalize };
  renderFast(kernels, image, view, whole, 0);
  for (let y = 0; y < crop; y++) {
    const from = ((size.top + y) * size.width + size.left) * 3;
    out.set(whole.subarray(from, from + crop * 3), offset + y * crop * 3);
  }
}
