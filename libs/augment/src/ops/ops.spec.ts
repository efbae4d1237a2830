import { describe, expect, it, vi } from 'vitest';
import {
  adjustBrightness,
  adjustContrast,
  adjustHue,
  adjustSaturation,
  alphaComposite,
  centerCropResize,
  colorJitter,
  type FloatImage,
  gaussianBlur,
  grayscale,
  hflip,
  normalize,
  resizedCrop,
  solarize,
  toFloat,
} from '../index.ts';
import { noise } from '../testing/noise.ts';

vi.setConfig({ testTimeout: 120_000 }); // a machine with other work is slow, not wrong

const SIZES = [
  [1, 1],
  [1, 7],
  [5, 1],
  [2, 2],
  [9, 13],
] as const;

describe('resizedCrop', () => {
  it('gives back the pixels when nothing is resized', () => {
    const image = noise(6, 5, 1);
    const crop = resizedCrop(image, { top: 1, left: 2, height: 4, width: 3 }, [4, 3]);
    expect(crop.data[0]).toBeCloseTo(image.data[(1 * 5 + 2) * 3] / 255, 6);
    expect(crop.data[35]).toBeCloseTo(image.data[(4 * 5 + 4) * 3 + 2] / 255, 6);
  });
  it.each(['bilinear', 'bicubic'] as const)('keeps a flat image flat at every size (%s)', (interpolation) => {
    for (const [height, width] of SIZES) {
      const flat = { data: new Uint8Array(height * width * 3).fill(51), height, width, channels: 3 };
      for (const size of [1, 2, 5, 17]) {
        const out = resizedCrop(flat, { top: 0, left: 0, height, width }, [size, size], interpolation);
        for (const value of out.data) expect(value).toBeCloseTo(0.2, 6);
      }
    }
  });
  it('averages whole blocks when it halves a ramp, away from the border', () => {
    const data = Uint8Array.from({ length: 16 * 3 }, (_, index) => 10 * Math.floor(index / 3));
    const half = resizedCrop(
      { data, height: 1, width: 16, channels: 3 },
      { top: 0, left: 0, height: 1, width: 16 },
      [1, 8],
    );
    for (let x = 1; x < 7; x++) expect(half.data[x * 3] * 255).toBeCloseTo(20 * x + 5, 4);
  });
  it('commutes with mirroring', () => {
    const image = noise(9, 12, 2);
    const mirror = {
      ...image,
      data: Uint8Array.from(hflip(toFloat(image)).data, (x) => Math.round(x * 255)),
    };
    const a = resizedCrop(mirror, { top: 0, left: 0, height: 9, width: 12 }, [7, 5]);
    const b = hflip(resizedCrop(image, { top: 0, left: 0, height: 9, width: 12 }, [7, 5]));
    expectClose(a, b, 1e-6);
  });
  it('refuses boxes that are empty, broken or leave the image, and sizes that are none', () => {
    const image = noise(4, 4, 3);
    const box = { top: 0, left: 0, height: 4, width: 4 };
    for (const wrong of [{ height: 0 }, { top: 1 }, { left: -1 }, { width: 2.5 }, { top: NaN }]) {
      expect(() => resizedCrop(image, { ...box, ...wrong }, [2, 2])).toThrow(
        'the box must be whole pixels inside 4 x 4',
      );
    }
    expect(() => resizedCrop(image, box, [0, 2])).toThrow('two positive integers, got 0, 2');
    expect(() => resizedCrop({ ...image, channels: 1 }, box, [2, 2])).toThrow('3 channels (RGB), got 1');
    expect(() => resizedCrop({ ...image, height: 5 }, box, [2, 2])).toThrow('holds 60 values, got 48');
    expect(() => resizedCrop({ ...image, height: 0 }, box, [2, 2])).toThrow('positive integers, got 0 x 4');
  });
});

describe('colour operations', () => {
  const identities: [string, (image: FloatImage) => FloatImage][] = [
    ['adjustBrightness', (image) => adjustBrightness(image, 1)],
    ['adjustContrast', (image) => adjustContrast(image, 1)],
    ['adjustSaturation', (image) => adjustSaturation(image, 1)],
    ['adjustHue', (image) => adjustHue(image, 0)],
    ['hflip twice', (image) => hflip(hflip(image))],
    ['solarize twice', (image) => solarize(solarize(image, 0), 0)],
    ['adjustHue there and back', (image) => adjustHue(adjustHue(image, 0.3), -0.3)],
  ];
  it.each(identities)('%s with a neutral setting changes nothing, from 1 x 1 up', (_, apply) => {
    for (const [height, width] of SIZES) {
      const image = toFloat(noise(height, width, height + width));
      const before = image.data.slice();
      expectClose(apply(image), image, 1e-6);
      expect(image.data).toEqual(before); // pure: the argument is untouched
    }
  });
  it('a hue turn by a third moves red to green to blue', () => {
    const red: FloatImage = { data: Float32Array.of(0.9, 0.2, 0.2), height: 1, width: 1, channels: 3 };
    expectValues(adjustHue(red, 1 / 3), [0.2, 0.9, 0.2]);
    expectValues(adjustHue(red, -1 / 3), [0.2, 0.2, 0.9]);
    expectValues(adjustHue(red, 0.5), [0.2, 0.9, 0.9]);
    expectClose(adjustHue(red, 0.5), adjustHue(red, -0.5), 1e-7);
  });
  it('zero contrast is one flat grey, zero saturation the grey image, zero brightness black', () => {
    const image = toFloat(noise(5, 6, 8));
    expect(new Set(adjustContrast(image, 0).data).size).toBe(1);
    expectClose(adjustSaturation(image, 0), grayscale(image), 1e-6);
    expect(Math.max(...adjustBrightness(image, 0).data)).toBe(0);
  });
  it('clamps to [0, 1] at extreme factors', () => {
    const image = toFloat(noise(5, 6, 9));
    for (const apply of [adjustBrightness, adjustContrast, adjustSaturation]) {
      const { data } = apply(image, 1e6);
      expect(Math.min(...data)).toBeGreaterThanOrEqual(0);
      expect(Math.max(...data)).toBeLessThanOrEqual(1);
      expect(data.every(Number.isFinite)).toBe(true);
    }
  });
  it('refuses factors out of range', () => {
    const image = toFloat(noise(2, 2, 1));
    expect(() => adjustBrightness(image, -0.1)).toThrow(
      'adjustBrightness: factor must be a finite number >= 0, got -0.1',
    );
    expect(() => adjustContrast(image, NaN)).toThrow('adjustContrast: factor');
    expect(() => adjustSaturation(image, Infinity)).toThrow('got Infinity');
    expect(() => adjustHue(image, 0.51)).toThrow('adjustHue: factor must be in [-0.5, 0.5] turns, got 0.51');
    expect(() => solarize(image, 2)).toThrow('solarize: threshold must be in [0, 1], got 2');
    const jitter = { brightness: 1, contrast: 1, saturation: 1, hue: 0 };
    expect(() => colorJitter(image, { ...jitter, order: ['hue', 'hue', 'contrast', 'saturation'] })).toThrow(
      'once each',
    );
  });
  it('jitter depends on the order', () => {
    const image = toFloat(noise(5, 6, 10));
    const factors = { brightness: 1.6, contrast: 0.5, saturation: 1.5, hue: 0.1 };
    const a = colorJitter(image, { ...factors, order: ['brightness', 'contrast', 'saturation', 'hue'] });
    const b = colorJitter(image, { ...factors, order: ['hue', 'saturation', 'contrast', 'brightness'] });
    expect(Math.max(...a.data.map((value, index) => Math.abs(value - b.data[index])))).toBeGreaterThan(0.01);
  });
});

describe('gaussianBlur', () => {
  it('spreads one bright pixel with the standard deviation sigma, not radius', () => {
    const data = new Float32Array(41 * 41 * 3);
    data.fill(1, (20 * 41 + 20) * 3, (20 * 41 + 20) * 3 + 3);
    const { data: blurred } = gaussianBlur({ data, height: 41, width: 41, channels: 3 }, 25, 2);
    let mass = 0;
    let second = 0;
    for (let y = 0; y < 41; y++) {
      for (let x = 0; x < 41; x++) {
        mass += blurred[(y * 41 + x) * 3];
        second += blurred[(y * 41 + x) * 3] * (x - 20) ** 2;
      }
    }
    expect(mass).toBeCloseTo(1, 5);
    expect(Math.sqrt(second)).toBeCloseTo(2, 3);
  });
  it('keeps flat images flat, also where the kernel is wider than the image', () => {
    for (const [height, width] of SIZES) {
      const flat = { data: new Float32Array(height * width * 3).fill(0.3), height, width, channels: 3 };
      for (const value of gaussianBlur(flat, 23, 3).data) expect(value).toBeCloseTo(0.3, 6);
    }
  });
  it('refuses even kernels and sigmas that are not > 0', () => {
    const image = toFloat(noise(3, 3, 1));
    expect(() => gaussianBlur(image, 4, 1)).toThrow('kernelSize must be an odd integer >= 1, got 4');
    expect(() => gaussianBlur(image, 3, 0)).toThrow('sigma must be a finite number > 0 pixels, got 0');
  });
});

describe('normalize', () => {
  it('gives mean 0 and spread 1 for the statistics of the image itself', () => {
    const image = toFloat(noise(20, 20, 4));
    const channel = [0, 1, 2].map((c) => image.data.filter((_, index) => index % 3 === c));
    const mean = channel.map((x) => x.reduce((a, b) => a + b) / x.length);
    const std = channel.map((x, c) => Math.sqrt(x.reduce((a, b) => a + (b - mean[c]) ** 2, 0) / x.length));
    const out = normalize(image, {
      mean: mean as [number, number, number],
      std: std as [number, number, number],
    });
    expect(out.data.reduce((a, b) => a + b) / 1200).toBeCloseTo(0, 5);
    expect(out.data.reduce((a, b) => a + b * b, 0) / 1200).toBeCloseTo(1, 5);
  });
  it('refuses a spread that is not > 0', () => {
    const image = toFloat(noise(1, 1, 4));
    expect(() => normalize(image, { mean: [0, 0, 0], std: [1, 0, 1] })).toThrow(
      'std must be 3 finite numbers > 0, got 1,0,1',
    );
  });
});

describe('centerCropResize', () => {
  it('keeps the centre of portrait and landscape images', () => {
    for (const [height, width] of [
      [20, 30],
      [30, 20],
    ]) {
      const image = noise(height, width, 5);
      expect(centerCropResize(image, 10, 8)).toMatchObject({ height: 8, width: 8 });
    }
    const image = noise(10, 12, 5);
    const same = centerCropResize(image, 10, 10);
    expect(same.data[0]).toBeCloseTo(image.data[3] / 255, 6); // left = (12 - 10) / 2
    expect(() => centerCropResize(image, 8, 9)).toThrow('crop 9, resize 8');
  });
});

describe('alphaComposite', () => {
  it('shows the foreground at 1 and the background at 0', () => {
    const [a, b] = [toFloat(noise(3, 4, 6)), toFloat(noise(3, 4, 7))];
    expectClose(alphaComposite(a, b, new Float32Array(12).fill(1)), a, 0);
    expectClose(alphaComposite(a, b, new Float32Array(12)), b, 0);
    expect(alphaComposite(a, [0.5, 0.25, 0], new Float32Array(12)).data[1]).toBe(0.25);
  });
  it('refuses other sizes and alphas out of range', () => {
    const a = toFloat(noise(3, 4, 6));
    expect(() => alphaComposite(a, toFloat(noise(4, 3, 6)), new Float32Array(12))).toThrow(
      'background must be 3 x 4',
    );
    expect(() => alphaComposite(a, a, new Float32Array(11))).toThrow('alpha must hold 12 values, got 11');
    expect(() => alphaComposite(a, a, new Float32Array(12).fill(NaN))).toThrow('got NaN at pixel 0');
  });
});

function expectClose(a: FloatImage, b: FloatImage, tolerance: number): void {
  expect([a.height, a.width]).toEqual([b.height, b.width]);
  const worst = a.data.reduce((most, value, index) => Math.max(most, Math.abs(value - b.data[index])), 0);
  expect(worst).toBeLessThanOrEqual(tolerance);
}

function expectValues(image: FloatImage, values: readonly number[]): void {
  values.forEach((value, index) => {
    expect(image.data[index]).toBeCloseTo(value, 6);
  });
}
