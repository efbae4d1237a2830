import {
  CIFAR_SIMCLR,
  type ImageSource,
  IMAGENET_BYOL,
  IMAGENET_SIMCLR,
  sampleView,
  type ViewParams,
  type ViewRecipe,
} from '@fovea/augment';
import { fold, key, Stream } from '@fovea/random'; // prettier-ignore

/** One thing to time: views of a recipe from images of one size. */
export interface AugmentCase {
  readonly name: string;
  readonly recipe: ViewRecipe;
  /** Whether a crop is drawn and resampled; otherwise images have the view's size already. */
  readonly crops: boolean;
  readonly height: number;
  readonly width: number;
  readonly images: number;
  /** Ratio to torchvision that is aimed at. */
  readonly target?: number;
}

const [cifar] = CIFAR_SIMCLR.views;
const [simclr] = IMAGENET_SIMCLR.views;
const whole = { scale: [1, 1], ratio: [1, 1], interpolation: 'bilinear' } as const;

/** Full recipes: the second view of BYOL has blur rarely and solarisation. */
export const RECIPE_CASES: readonly AugmentCase[] = [
  { name: 'SimCLR 224', recipe: simclr, crops: true, height: 375, width: 500, images: 16, target: 4 },
  { name: 'SimCLR 32', recipe: cifar, crops: true, height: 32, width: 32, images: 256, target: 4 },
  { name: 'BYOL view 2, 224', recipe: IMAGENET_BYOL.views[1], crops: true, height: 375, width: 500, images: 16 },
]; // prettier-ignore

/** One operation on every image, between bytes and normalised numbers. */
export const OPERATION_CASES: readonly AugmentCase[] = [224, 32].flatMap((size) => {
  const bare: ViewRecipe = {
    ...simclr, size, crop: whole, flip: 0, jitter: null, grayscale: 0, blur: null, solarize: null,
  }; // prettier-ignore
  const source = size === 32 ? { height: 32, width: 32 } : { height: 375, width: 500 };
  const jitter = { ...(simclr.jitter ?? cifar.jitter), probability: 1 } as ViewRecipe['jitter'];
  const blur = { probability: 1, sigma: [0.1, 2], kernelSize: size === 32 ? 13 : 23 } as const;
  const operations: [string, ViewRecipe][] = [
    ['flip', { ...bare, flip: 1 }],
    ['colour jitter', { ...bare, jitter }],
    ['greyscale', { ...bare, grayscale: 1 }],
    ['Gaussian blur', { ...bare, blur }],
    ['solarise', { ...bare, solarize: { probability: 1, threshold: 128 / 255 } }],
    ['normalise alone', bare],
  ];
  const images = size === 32 ? 256 : 16;
  return [
    { name: `random resized crop ${size}`, recipe: { ...bare, crop: simclr.crop }, crops: true, images, ...source },
    ...operations.map(([name, recipe]) => ({ name: `${name} ${size}`, recipe, crops: false, images, height: size, width: size })),
  ]; // prettier-ignore
});

/** Images of a case: smooth colours with fine noise, so that no operation meets a special case. */
export function pictures({ height, width, images }: AugmentCase): ImageSource {
  const all = Array.from({ length: images }, (_, seed) => {
    const draw = new Stream(fold(key(7), seed));
    const data = new Uint8Array(height * width * 3);
    for (let at = 0; at < data.length; at++) {
      const [y, x] = [Math.floor(at / 3 / width) / height, (Math.floor(at / 3) % width) / width];
      data[at] = 128 + 80 * Math.sin(6 * x + seed + (at % 3)) * Math.cos(5 * y) + draw.uniform(-30, 30);
    }
    return { data, height, width, channels: 3 };
  });
  return { length: images, image: (index) => all[index] };
}

/** The parameters that Pillow renders too; the other peers draw their own from the same distributions. */
export function parameters({ recipe, height, width, images }: AugmentCase): ViewParams[] {
  return Array.from({ length: images }, (_, index) => sampleView(recipe, height, width, fold(key(0), index)));
}
