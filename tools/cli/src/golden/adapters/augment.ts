import {
  adjustBrightness,
  adjustContrast,
  adjustHue,
  adjustSaturation,
  alphaComposite,
  type Box,
  type ByteImage,
  centerCropResize,
  colorJitter,
  type ColorJitterParams,
  contrastiveCrop,
  type FractionBox,
  type FloatImage,
  gaussianBlur,
  grayscale,
  hflip,
  type Interpolation,
  normalize,
  randomResizedCrop,
  resizedCrop,
  solarize,
  toFloat,
} from '@fovea/augment';
import { fold, key } from '@fovea/random';
import type { GoldenAdapter, GoldenResult, GoldenTensor } from '../adapter.ts';

type Backend = { readonly backend: 'float' | 'pil' };

/** Image in, image out; our arithmetic is float, so a case of the 8-bit peer is met within a stated number of levels. */
function imageAdapter<Options>(
  name: string,
  compute: (image: ByteImage, options: Options) => FloatImage,
  levels: (options: Options) => number = () => 1,
): GoldenAdapter<Options & Backend> {
  return {
    function: name,
    run: ({ image }, options) => imageResult(compute(byteImage(image), options), options, levels(options)),
  };
}

export const adapters: GoldenAdapter<never>[] = [
  imageAdapter<Box & { size: [number, number]; interpolation: Interpolation }>(
    'resizedCrop',
    (image, { top, left, height, width, size, interpolation }) =>
      resizedCrop(image, { top, left, height, width }, size, interpolation),
    ({ interpolation }) => (interpolation === 'bicubic' ? 25 : 1), // Pillow rounds and clips between the two passes
  ),
  imageAdapter(
    'hflip',
    (image) => hflip(toFloat(image)),
    () => 0,
  ),
  imageAdapter<{ factor: number }>('adjustBrightness', (image, { factor }) =>
    adjustBrightness(toFloat(image), factor),
  ),
  imageAdapter<{ factor: number }>('adjustContrast', (image, { factor }) =>
    adjustContrast(toFloat(image), factor),
  ),
  imageAdapter<{ factor: number }>('adjustSaturation', (image, { factor }) =>
    adjustSaturation(toFloat(image), factor),
  ),
  imageAdapter<{ factor: number }>(
    'adjustHue',
    (image, { factor }) => adjustHue(toFloat(image), factor),
    () => 14, // Pillow's HSV image has 8 bits
  ),
  imageAdapter('grayscale', (image) => grayscale(toFloat(image))),
  imageAdapter<ColorJitterParams>('colorJitter', (image, params) => colorJitter(toFloat(image), params)),
  imageAdapter<{ kernelSize?: number; sigma?: number; radius?: number }>(
    'gaussianBlur',
    (image, { kernelSize, sigma, radius }) =>
      radius === undefined
        ? gaussianBlur(toFloat(image), kernelSize as number, sigma as number)
        : gaussianBlur(toFloat(image), 2 * Math.ceil(4 * radius) + 1, radius),
    () => 42, // Pillow approximates by box blurs and repeats the edge, we mirror it
  ),
  imageAdapter<{ threshold: number } & Backend>(
    'solarize',
    (image, { threshold, backend }) =>
      solarize(toFloat(image), backend === 'pil' ? threshold / 255 : threshold),
    () => 0,
  ),
  imageAdapter<{ mean: [number, number, number]; std: [number, number, number] }>(
    'normalize',
    (image, { mean, std }) => normalize(toFloat(image), { mean, std }),
  ),
  imageAdapter<{ resize: number; crop: number; interpolation: Interpolation }>(
    'centerCropResize',
    (image, { resize, crop, interpolation }) => centerCropResize(image, resize, crop, interpolation),
    ({ interpolation }) => (interpolation === 'bicubic' ? 25 : 1),
  ),
  {
    function: 'alphaComposite',
    run: (inputs, { bgColor }: { bgColor?: [number, number, number] }) => {
      const background = bgColor ?? toFloat(byteImage(inputs.bg));
      const foreground = toFloat(byteImage(inputs.fg));
      return {
        outputs: { image: alphaComposite(foreground, background, inputs.alpha.data as Float32Array).data },
      };
    },
  },
  {
    function: 'randomResizedCropStats',
    run: (_, { height, width, scale, ratio, draws }: CropStatistics) => {
      const boxes = Array.from({ length: draws }, (_, index) =>
        randomResizedCrop(height, width, { scale, ratio }, fold(key(0), index)),
      );
      const free = {
        height: boxes.filter((box) => box.height < height),
        width: boxes.filter((box) => box.width < width),
      };
      return {
        outputs: {
          ...moments('areaFraction', boxes, (box) => (box.height * box.width) / (height * width)),
          ...moments('logRatio', boxes, (box) => Math.log(box.width / box.height)),
          ...moments('topFraction', free.height, (box) => box.top / (height - box.height)),
          ...moments('leftFraction', free.width, (box) => box.left / (width - box.width)),
          wholeImage: boxes.filter((box) => box.height === height && box.width === width).length / draws,
        },
      };
    },
  } satisfies GoldenAdapter<CropStatistics>,
  {
    function: 'contrastiveCropStats',
    run: (
      _,
      {
        height,
        width,
        scale,
        ratio,
        alpha,
        box,
        draws,
      }: CropStatistics & { alpha: number; box: FractionBox },
    ) => {
      const boxes = Array.from({ length: draws }, (_, index) =>
        contrastiveCrop(height, width, { scale, ratio, alpha, box }, fold(key(0), index)),
      );
      return {
        outputs: {
          ...moments('areaFraction', boxes, (crop) => (crop.height * crop.width) / (height * width)),
          ...moments('logRatio', boxes, (crop) => Math.log(crop.width / crop.height)),
          ...moments('centreY', boxes, (crop) => (crop.top + crop.height / 2) / height),
          ...moments('centreX', boxes, (crop) => (crop.left + crop.width / 2) / width),
        },
      };
    },
  } satisfies GoldenAdapter<CropStatistics & { alpha: number; box: FractionBox }>,
] as GoldenAdapter<never>[];

interface CropStatistics {
  readonly height: number;
  readonly width: number;
  readonly scale: [number, number];
  readonly ratio: [number, number];
  readonly draws: number;
}

function moments(
  name: string,
  boxes: readonly Box[],
  of: (box: Box) => number,
): Record<string, number | number[]> {
  const values = Float64Array.from(boxes, of).sort();
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
  return {
    [`${name}Mean`]: mean,
    [`${name}Std`]: Math.sqrt(variance),
    [`${name}Quantiles`]: [0.05, 0.25, 0.5, 0.75, 0.95].map((share) => quantile(values, share)),
  };
}

function quantile(sorted: Float64Array, share: number): number {
  const place = share * (sorted.length - 1);
  const below = Math.floor(place);
  const above = Math.min(sorted.length - 1, below + 1);
  return sorted[below] + (place - below) * (sorted[above] - sorted[below]);
}

function byteImage({ data, shape }: GoldenTensor): ByteImage {
  return { data: data as Uint8Array, height: shape[0], width: shape[1], channels: shape[2] };
}

function imageResult(
  { data, height, width }: FloatImage,
  { backend }: Backend,
  levels: number,
): GoldenResult {
  if (backend === 'float') {
    return { outputs: { image: { dtype: 'float32', shape: [height, width, 3], data } } };
  }
  const bytes = Uint8Array.from(data, (value) => Math.round(Math.min(1, Math.max(0, value)) * 255));
  return {
    outputs: { image: { dtype: 'uint8', shape: [height, width, 3], data: bytes } },
    bounds: { image: levels },
  };
}
