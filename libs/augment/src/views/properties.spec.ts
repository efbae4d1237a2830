import { fold, key, type Key, Stream } from '@fovea/random';
import { describe, expect, it, vi } from 'vitest';
import {
  type ByteImage,
  CIFAR_SIMCLR,
  cropPlane,
  evaluationBatch,
  makeCopyPasteViews,
  makeGuidedViews,
  makeMultiCropViews,
  makeViews,
  maskSalient,
  randomErasing,
  renderView,
  renderViewReference,
  sampleView,
  toFloat,
  type ViewParams,
  type ViewRecipe,
  type ViewsRecipe,
} from '../index.ts';
import { noise } from '../testing/noise.ts';

vi.setConfig({ testTimeout: 120_000 }); // a machine with other work is slow, not wrong

/** In [0, 1]; blur rounds to 1/64 of a level, so that white may become white and a tenth of a level. */
const inRange = (value: number): boolean => value >= 0 && value <= 1 + 0.1 / 255;

const neutral = { mean: [0, 0, 0], std: [1, 1, 1] } as const;

/** A size that is often tiny. */
function size(draw: Stream): number {
  return draw.bernoulli(0.3) ? draw.integer(1, 4) : draw.integer(1, 60);
}

/** A recipe of three views with everything in it, two of one size. */
function recipeOf(draw: Stream): ViewsRecipe {
  const view = (side: number): ViewRecipe => ({
    size: side,
    crop: { scale: [0.05, 1], ratio: [0.2, 5], interpolation: draw.bernoulli(0.7) ? 'bilinear' : 'bicubic' },
    flip: 0.5,
    jitter: { probability: 0.8, brightness: 0.8, contrast: 0.8, saturation: 0.8, hue: 0.5 },
    grayscale: 0.3,
    blur: { probability: 0.5, sigma: [0.1, 4], kernelSize: 2 * draw.integer(0, 12) + 1 },
    solarize: { probability: 0.3, threshold: draw.uniform(0, 1) },
    normalize: neutral,
  });
  const [large, small] = [size(draw), size(draw)];
  return { name: 'random', source: 'test', views: [view(large), view(small), view(large)] };
}

/** Every round has images, masks and a recipe of sizes of its own. */
function* rounds(count: number): Generator<{ draw: Stream; seed: Key; images: ByteImage[]; recipe: ViewsRecipe }> {
  for (let round = 0; round < count; round++) {
    const draw = new Stream(fold(key(21), round));
    const images = Array.from({ length: 3 }, (_, at) => noise(size(draw), size(draw), round * 3 + at + 1));
    yield { draw, seed: fold(key(22), round), images, recipe: recipeOf(draw) };
  }
} // prettier-ignore

const sourceOf = (images: readonly ByteImage[]) => ({
  length: images.length,
  image: (index: number) => images[index],
});

describe('views of images of any size, from 1 x 1 up', () => {
  it('are finite, in range, cut inside the image, and the same alone as in a batch', () => {
    for (const { seed, images, recipe } of rounds(60)) {
      const source = sourceOf(images);
      const groups = makeMultiCropViews(source, [0, 1, 2], recipe, seed);
      expect(groups.flatMap(({ views }) => views).sort()).toEqual([0, 1, 2]);
      for (const { data, params, views, shape } of groups) {
        expect(data.every(inRange)).toBe(true);
        params.flat().forEach(({ crop }, at) => {
          const { height, width } = images[at % 3];
          expect(crop.height >= 1 && crop.top >= 0 && crop.top + crop.height <= height).toBe(true);
          expect(crop.width >= 1 && crop.left >= 0 && crop.left + crop.width <= width).toBe(true);
        });
        const [alone] = makeMultiCropViews(source, [2], recipe, seed).filter((group) => group.views[0] === views[0]);
        const length = shape[2] * shape[3] * 3;
        expect(alone.data.subarray(0, length)).toEqual(data.subarray(2 * length, 3 * length));
      }
    }
  }); // prettier-ignore
  it('move masks with images: a mask drawn as an image is cropped as the mask is', () => {
    for (const { draw, seed, images: [image] } of rounds(80)) {
      const mask = Uint8Array.from({ length: image.height * image.width }, () => 255 * Number(draw.bernoulli(0.5)));
      const drawn = { ...image, data: Uint8Array.from(image.data, (_, at) => mask[Math.floor(at / 3)]) };
      const side = size(draw);
      const [view] = CIFAR_SIMCLR.views;
      const plain: ViewRecipe = { ...view, size: side, jitter: null, grayscale: 0, normalize: neutral };
      const params = sampleView(plain, image.height, image.width, seed);
      const [fast, exact] = [new Float32Array(side * side * 3), new Float32Array(side * side * 3)];
      renderView(drawn, plain, params, fast, 0);
      renderViewReference(drawn, plain, params, exact, 0);
      cropPlane({ data: mask, height: image.height, width: image.width }, params, side, 'area').data.forEach((value, at) => {
        expect(Math.abs(value - exact[at * 3])).toBeLessThan(1e-6);
        expect(Math.abs(value - fast[at * 3]) * 255).toBeLessThan(0.35);
      });
    }
  }); // prettier-ignore
  it('with guided crops and pasted foregrounds stay inside and finite', () => {
    for (const { draw, seed, images, recipe } of rounds(30)) {
      const source = sourceOf(images);
      const planes = images.map(({ height, width }) => ({
        data: Uint8Array.from({ length: height * width }, () => 255 * Number(draw.bernoulli(0.4))),
        height,
        width,
      }));
      const masks = { length: 3, plane: (index: number) => planes[index] };
      const boxes = images.map(() => [0.2, 0.1, 0.9, 0.7] as const);
      for (const guide of [
        { kind: 'maps', views: [0, 1, 2], maps: masks },
        { kind: 'boxes', views: [0, 1, 2], alpha: 0.6, boxes },
      ] as const) {
        for (const { data } of makeGuidedViews(source, [0, 1, 2], recipe, guide, seed))
          expect(data.every(inRange)).toBe(true);
      }
      const same = { ...recipe, views: recipe.views.slice(0, 1) };
      for (const background of ['grey', 'image'] as const) {
        const paste = { probability: 1, background, boundary: 1, minimumShare: 0 };
        const { data } = makeCopyPasteViews(source, masks, [0, 1, 2], same, paste, seed);
        expect(data.every(inRange)).toBe(true);
      }
    }
  });
  it('are prepared for evaluation', () => {
    for (const { draw, images } of rounds(40)) {
      const crop = draw.integer(1, 30);
      const resize = { short: crop + draw.integer(0, 9), crop, interpolation: 'bilinear' } as const;
      const { data, shape } = evaluationBatch(sourceOf(images), [0, 1, 2], { resize, normalize: neutral });
      expect(shape).toEqual([3, crop, crop, 3]);
      expect(data.every(inRange)).toBe(true);
    }
  });
});

describe('the frequencies and ranges of a recipe', () => {
  it('are met over 100,000 draws of its parameters', () => {
    const [view] = CIFAR_SIMCLR.views;
    const recipe: ViewRecipe = { ...view, blur: { probability: 0.5, sigma: [0.1, 2], kernelSize: 3 }, solarize: { probability: 0.2, threshold: 0.5 } };
    const count = 100_000;
    const sums = { flip: 0, jitter: 0, grey: 0, blur: 0, solarize: 0, sigma: 0, bright: 0, hue: 0, area: 0, first: 0 };
    for (let draw = 0; draw < count; draw++) {
      const params: ViewParams = sampleView(recipe, 100, 80, fold(key(31), draw));
      sums.flip += Number(params.flip);
      sums.grey += Number(params.grayscale);
      sums.solarize += Number(params.solarize);
      sums.area += (params.crop.height * params.crop.width) / 8000;
      if (params.blurSigma !== null) {
        sums.blur++;
        sums.sigma += params.blurSigma;
      }
      if (params.jitter !== null) {
        sums.jitter++;
        sums.bright += params.jitter.brightness;
        sums.hue += Math.abs(params.jitter.hue);
        sums.first += Number(params.jitter.order[0] === 'hue');
      }
    }
    const strength = view.jitter ?? { probability: 0, brightness: 0, hue: 0 };
    const near = (share: number, wanted: number): void => expect(Math.abs(share - wanted)).toBeLessThan(0.008); // five standard deviations
    near(sums.flip / count, view.flip);
    near(sums.grey / count, view.grayscale);
    near(sums.solarize / count, 0.2);
    near(sums.blur / count, 0.5);
    near(sums.jitter / count, strength.probability);
    near(sums.sigma / sums.blur / 2, 1.05 / 2);
    near(sums.bright / sums.jitter, 1); // factors are even around 1
    near(sums.hue / sums.jitter, strength.hue / 2);
    near(sums.first / sums.jitter, 1 / 4);
    expect(sums.area / count).toBeGreaterThan(view.crop.scale[0]);
    expect(sums.area / count).toBeLessThan((view.crop.scale[0] + view.crop.scale[1]) / 2 + 0.01);
  }); // prettier-ignore
});

describe('bad input', () => {
  const image = noise(4, 5, 1);
  const [view] = CIFAR_SIMCLR.views;
  const out = new Float32Array(32 * 32 * 3);
  it.each([
    ['no rows', { height: 0 }, 'image sizes must be positive integers, got 0 x 5'],
    ['a size that is NaN', { width: NaN }, 'image sizes must be positive integers, got 4 x NaN'],
    ['half a pixel', { height: 4.5 }, 'got 4.5 x 5'],
    ['one channel', { channels: 1 }, 'image must have 3 channels (RGB), got 1'],
    ['four channels', { channels: 4 }, 'image must have 3 channels (RGB), got 4'],
    ['too few bytes', { data: new Uint8Array(59) }, 'an image of 4 x 5 x 3 holds 60 values, got 59'],
  ])('an image with %s is refused, and a batch says which', (_, change, message) => {
    const broken = { ...image, ...change };
    expect(() => makeViews(sourceOf([image, broken]), [0, 1], CIFAR_SIMCLR, key(0))).toThrow(message);
    expect(() => makeViews(sourceOf([image, broken]), [0, 1], CIFAR_SIMCLR, key(0))).toThrow('(image 1)');
    const params = sampleView(view, 4, 5, key(0));
    expect(() => { renderView(broken, view, params, out, 0); }).toThrow(message);
    expect(() => evaluationBatch(sourceOf([broken]), [0], { resize: { short: 4, crop: 4, interpolation: 'bilinear' }, normalize: neutral })).toThrow(message);
  }); // prettier-ignore
  it('parameters that are no numbers are refused before anything is drawn', () => {
    const params = sampleView(view, 4, 5, key(0));
    const jitter = { order: ['brightness', 'contrast', 'saturation', 'hue'], brightness: 1, contrast: 1, saturation: 1, hue: 0 } as const;
    const render = (change: Partial<ViewParams>) => (): void => {
      renderView(image, view, { ...params, ...change }, out, 0);
    };
    expect(render({ jitter: { ...jitter, contrast: NaN } })).toThrow('jitter: contrast: factor must be a finite number >= 0, got NaN');
    expect(render({ jitter: { ...jitter, hue: 0.6 } })).toThrow('hue must be in [-0.5, 0.5] turns, got 0.6');
    expect(render({ blurSigma: NaN })).toThrow('blurSigma must be a finite number > 0 pixels or null, got NaN');
    expect(render({ crop: { ...params.crop, left: NaN } })).toThrow('left NaN');
    expect(() => randomErasing(toFloat(image), { scale: [0.1, 1], ratio: [1, 1] }, [NaN, 0, 0], key(0))).toThrow('colour must be 3 finite numbers');
    expect(() => maskSalient(image, { data: new Uint8Array(20), height: 4, width: 5 }, [0, 0, 256])).toThrow('fill must be 3 values in [0, 255]');
    expect(() => cropPlane({ data: new Uint8Array(20), height: 4, width: 5 }, params, 0, 'area')).toThrow('size must be a positive integer, got 0');
  }); // prettier-ignore
});
