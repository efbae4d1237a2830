import {
  cropPlane,
  renderView,
  sampleView,
  type ByteImage,
  type Plane,
  type ViewRecipe,
} from '@fovea/augment';
import { fold, Stream, type Key } from '@fovea/random';

/** Pictures with targets to train on: any number of them, each by its index. */
export interface SampleSource {
  readonly name: string;
  /** Names the pictures and targets. */
  readonly digest: string;
  /** Pictures that differ before augmentation. */
  readonly length: number;
  /** A picture and where it is salient, bytes of 0 … 255 or numbers in [0, 1]. */
  sample(index: number): { readonly image: ByteImage; readonly target: Plane };
}

/** Pictures and targets of one step, augmented alike. */
export interface SampleBatch {
  readonly images: Float32Array; // [N, S, S, 3], sRGB in [0, 1]
  readonly targets: Float32Array; // [N, S, S], in [0, 1]
}

/** Crops, mirroring, colours, grey and blur. */
export function trainingView(size: number): ViewRecipe {
  return {
    size,
    crop: { scale: [0.5, 1], ratio: [3 / 4, 4 / 3], interpolation: 'bilinear' },
    flip: 0.5,
    jitter: { probability: 0.8, brightness: 0.4, contrast: 0.4, saturation: 0.4, hue: 0.1 },
    grayscale: 0.1,
    blur: { probability: 0.4, sigma: [0.1, 2], kernelSize: 9 },
    solarize: null,
    normalize: { mean: [0, 0, 0], std: [1, 1, 1] },
  };
}

/**
 * The batch of one step: a pure function of source, key and step.
 *
 * Indices are drawn with replacement; picture and target are cropped and mirrored alike.
 */
export function sampleBatch(
  source: SampleSource,
  view: ViewRecipe,
  count: number,
  step: number,
  key: Key,
): SampleBatch {
  const pixels = view.size ** 2;
  const images = new Float32Array(count * pixels * 3);
  const targets = new Float32Array(count * pixels);
  const stepKey = fold(key, step);
  for (let n = 0; n < count; n++) {
    const one = fold(stepKey, n);
    const { image, target } = source.sample(new Stream(fold(one, 'index')).integer(0, source.length));
    const params = sampleView(view, image.height, image.width, fold(one, 'view'));
    renderView(image, view, params, images, n * pixels * 3);
    targets.set(cropPlane(target, params, view.size, 'area').data, n * pixels);
  }
  return { images, targets };
}
