import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { fold, key, Stream } from '@fovea/random';
import { describe, expect, it, vi } from 'vitest';
import { compileKernels } from '../../scripts/compile-kernels.ts';
import {
  centerCropResize,
  evaluationBatch,
  type ByteImage,
  type ColorJitterParams,
  RECIPES,
  renderView,
  renderViewReference,
  sampleView,
  type ViewRecipe,
} from '../index.ts';
import { noise } from '../testing/noise.ts';
import { type Kernels, loadKernels } from './load-kernels.ts';
import { type FastView, renderFast } from './render-fast.ts'; // prettier-ignore

vi.setConfig({ testTimeout: 120_000 }); // a machine with other work is slow, not wrong

const kernels = loadKernels() as Kernels;
const identity = { mean: [0, 0, 0], std: [1, 1, 1] } as const;

/** A view of the whole image with no operation but those given, in [0, 1]. */
function apply(image: ByteImage, change: Partial<FastView>): Float32Array {
  const { height, width } = image;
  const view: FastView = {
    crop: { top: 0, left: 0, height, width },
    flip: false,
    height,
    width,
    interpolation: 'bilinear',
    jitter: null,
    grayscale: false,
    blur: null,
    solarize: null,
    normalize: identity,
    ...change,
  };
  const out = new Float32Array(view.height * view.width * 3);
  renderFast(kernels, image, view, out, 0);
  return out;
}

describe('the kernels', () => {
  it('are the committed bytes when their sources are compiled again', { timeout: 240_000 }, async () => {
    const committed = readFileSync(new URL('kernels.wasm', import.meta.url));
    expect(Buffer.compare(Buffer.from(await compileKernels()), committed)).toBe(0);
  });
  it('run here: this engine has WebAssembly SIMD', () => {
    expect(loadKernels()).not.toBeNull();
  });
  it(
    'agree with the reference within a tenth of a level on average, for every recipe',
    { timeout: 60_000 },
    () => {
      for (const recipe of RECIPES.values()) {
        let [sum, count, far] = [0, 0, 0];
        for (let seed = 0; seed < 4; seed++) {
          const image = noise(recipe.views[0].size + 9 * seed, 60 + 31 * seed, seed + 1);
          for (const [place, view] of recipe.views.entries()) {
            const differences = compare(image, view, fold(fold(key(3), seed), place));
            for (const difference of differences) {
              sum += difference;
              far += Number(difference > 0.3);
            }
            count += differences.length;
          }
        }
        expect(sum / count, recipe.name).toBeLessThan(0.1);
        // a value at the threshold of solarisation may fall to either side, which differs by one level
        expect(far / count, recipe.name).toBeLessThan(1e-4);
      }
    },
  );
  it('agree with the reference at random sizes from 1 x 1 up', { timeout: 60_000 }, () => {
    const draw = new Stream(key(11));
    for (let round = 0; round < 300; round++) {
      const image = noise(draw.integer(1, 40), draw.integer(1, 40), round + 1);
      const interpolation = draw.bernoulli(0.5) ? 'bilinear' : 'bicubic';
      const view: ViewRecipe = {
        size: draw.integer(1, 70),
        crop: { scale: [0.05, 1], ratio: [0.2, 5], interpolation },
        flip: 0.5,
        jitter: { probability: 0.8, brightness: 1, contrast: 1, saturation: 1, hue: 0.5 },
        grayscale: 0.3,
        blur: { probability: 0.5, sigma: [0.1, 6], kernelSize: 2 * draw.integer(0, 20) + 1 },
        solarize: null,
        normalize: identity,
      };
      const worst = Math.max(...compare(image, view, fold(key(12), round)));
      expect(worst, `round ${round}, ${image.height} x ${image.width} to ${view.size}`).toBeLessThan(0.35);
    }
  });
  it('read crops that are larger than one band piece by piece', { timeout: 60_000 }, () => {
    const image = noise(1500, 1400, 5); // 6.3 MB: two bands
    const view = { ...(RECIPES.get('imagenet-simclr')?.views[0] as ViewRecipe), jitter: null, size: 32 };
    const whole = { ...view, crop: { ...view.crop, scale: [1, 1], ratio: [1, 1] } } as const;
    expect(Math.max(...compare(image, whole, key(1)))).toBeLessThan(0.3);
  });
  it('prepare images for evaluation as centerCropResize does', () => {
    const image = noise(70, 91, 6);
    const resize = { short: 40, crop: 33, interpolation: 'bilinear' } as const;
    const { data } = evaluationBatch({ length: 1, image: () => image }, [0], { resize, normalize: identity });
    centerCropResize(image, 40, 33).data.forEach((value, at) => {
      expect(Math.abs(value - data[at]) * 255).toBeLessThan(0.2);
    });
  });
  it('give the same bits whatever they rendered before', () => {
    const [small, large] = [noise(20, 31, 1), noise(200, 180, 2)];
    const view = RECIPES.get('imagenet-byol')?.views[1] as ViewRecipe;
    const render = (image: ByteImage): Float32Array => {
      const out = new Float32Array(view.size ** 2 * 3);
      renderView(image, view, sampleView(view, image.height, image.width, key(4)), out, 0);
      return out;
    };
    const first = render(small);
    render(large);
    expect(Buffer.compare(Buffer.from(render(small).buffer), Buffer.from(first.buffer))).toBe(0);
  });
  it('keep flat images flat and whole crops exact', () => {
    const flat = { data: new Uint8Array(30 * 20 * 3).fill(77), height: 30, width: 20, channels: 3 };
    for (const interpolation of ['bilinear', 'bicubic'] as const) {
      for (const value of apply(flat, {
        height: 13,
        width: 47,
        interpolation,
        blur: { kernelSize: 9, sigma: 2 },
      }))
        expect(Math.abs(value * 255 - 77)).toBeLessThan(0.05);
    }
    for (const width of [1, 4, 14, 16, 33]) {
      const image = noise(9, width, 3);
      apply(image, {}).forEach((value, at) => {
        expect(value * 255).toBeCloseTo(image.data[at], 4);
      });
      apply(image, { flip: true }).forEach((value, at) => {
        const [y, x, channel] = [Math.floor(at / 3 / width), Math.floor(at / 3) % width, at % 3];
        expect(value * 255).toBeCloseTo(image.data[(y * width + width - 1 - x) * 3 + channel], 4);
      });
    }
  });
});

const folder = fileURLToPath(new URL('../../../../../shared/golden/', import.meta.url));
if (!existsSync(folder))
  console.log('Golden vectors: ../shared/golden is absent, the comparison of the kernels is skipped.');

interface GoldenCase {
  readonly name: string;
  readonly inputs: { readonly image: { readonly shape: number[]; readonly data: number[] } };
  readonly options: Record<string, unknown>;
  readonly outputs: { readonly image: { readonly data: number[] } };
}

describe.runIf(existsSync(folder))('the kernels and the golden vectors of torchvision', () => {
  const neutral = { order: ['brightness', 'contrast', 'saturation', 'hue'], brightness: 1, contrast: 1, saturation: 1, hue: 0 } as const; // prettier-ignore
  const jitter = (name: keyof ColorJitterParams) => (options: Record<string, unknown>): Partial<FastView> => ({
    jitter: { ...neutral, [name]: options.factor } as ColorJitterParams,
  }); // prettier-ignore
  const files: Record<string, (options: Record<string, unknown>) => Partial<FastView>> = {
    resizedCrop: ({ top, left, height, width, size, interpolation }) => ({
      crop: { top, left, height, width } as FastView['crop'],
      height: (size as number[])[0],
      width: (size as number[])[1],
      interpolation: interpolation as FastView['interpolation'],
    }),
    adjustBrightness: jitter('brightness'),
    adjustContrast: jitter('contrast'),
    adjustSaturation: jitter('saturation'),
    adjustHue: jitter('hue'),
    colorJitter: (options) => ({ jitter: options as unknown as ColorJitterParams }),
    grayscale: () => ({ grayscale: true }),
    gaussianBlur: (options) => ({ blur: options as unknown as FastView['blur'] }),
    solarize: (options) => ({ solarize: options as unknown as FastView['solarize'] }),
    normalize: (options) => ({ normalize: options as unknown as FastView['normalize'] }),
  };
  it.each(Object.keys(files))('%s within a fifth of a level everywhere', (name) => {
    const { cases } = JSON.parse(readFileSync(`${folder}${name}.json`, 'utf8')) as { cases: GoldenCase[] };
    const ours = cases.filter(({ options }) => options.backend === 'float');
    expect(ours.length).toBeGreaterThan(0);
    for (const { name: title, inputs, options, outputs } of ours) {
      const [height, width] = inputs.image.shape;
      const image = { data: Uint8Array.from(inputs.image.data), height, width, channels: 3 };
      const { normalize } = files[name](options);
      apply(image, files[name](options)).forEach((value, at) => {
        const expected = Math.min(1, Math.max(0, outputs.image.data[at])); // a cubic overshoots, a view is clamped
        const scale = normalize === undefined ? 1 : normalize.std[at % 3];
        const wanted = normalize === undefined ? expected : outputs.image.data[at];
        expect(Math.abs(value - wanted) * scale * 255, `${title} at ${at}`).toBeLessThan(0.2);
      });
    }
  });
});

/** Differences from the reference in levels of 8 bits. */
function compare(image: ByteImage, view: ViewRecipe, seed: ReturnType<typeof key>): Float32Array {
  const params = sampleView(view, image.height, image.width, seed);
  const length = view.size ** 2 * 3;
  const [fast, reference] = [new Float32Array(length), new Float32Array(length)];
  renderView(image, view, params, fast, 0);
  renderViewReference(image, view, params, reference, 0);
  return fast.map((value, at) => Math.abs(value - reference[at]) * view.normalize.std[at % 3] * 255);
}
