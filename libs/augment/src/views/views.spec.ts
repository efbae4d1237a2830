import { fold, key } from '@fovea/random';
import { describe, expect, it, vi } from 'vitest';
import {
  CIFAR10_STATISTICS,
  CIFAR_EVALUATION,
  CIFAR_SIMCLR,
  evaluationBatch,
  type ImageSource,
  makeViews,
  randomResizedCrop,
  renderView,
  sampleView,
  type ViewRecipe,
  type ViewsRecipe,
} from '../index.ts';
import { noiseSource } from '../testing/noise.ts';

vi.setConfig({ testTimeout: 120_000 }); // a machine with other work is slow, not wrong

const source = noiseSource(40, 32, 32);
const [view] = CIFAR_SIMCLR.views;
const full: ViewRecipe = {
  ...view,
  blur: { probability: 0.5, sigma: [0.1, 2], kernelSize: 3 },
  solarize: { probability: 0.2, threshold: 128 / 255 },
};

describe('randomResizedCrop', () => {
  it('always lies inside the image, from 1 x 1 up', () => {
    for (const [height, width] of [
      [1, 1],
      [1, 50],
      [50, 1],
      [3, 2],
      [32, 32],
    ]) {
      for (let seed = 0; seed < 300; seed++) {
        const box = randomResizedCrop(height, width, { scale: [0.08, 1], ratio: [3 / 4, 4 / 3] }, key(seed));
        expect(box.height).toBeGreaterThan(0);
        expect(box.width).toBeGreaterThan(0);
        expect(Math.min(box.top, box.left)).toBeGreaterThanOrEqual(0);
        expect(box.top + box.height).toBeLessThanOrEqual(height);
        expect(box.left + box.width).toBeLessThanOrEqual(width);
      }
    }
  });
  it('falls back to the central box of the nearest ratio', () => {
    const range = { scale: [1, 1], ratio: [3 / 4, 4 / 3] } as const;
    expect(randomResizedCrop(10, 100, range, key(0))).toEqual({ top: 0, left: 43, height: 10, width: 13 });
    expect(randomResizedCrop(100, 10, range, key(0))).toEqual({ top: 43, left: 0, height: 13, width: 10 });
  });
  it('refuses ranges that are empty or out of bounds', () => {
    const ratio = [1, 1] as const;
    expect(() => randomResizedCrop(4, 4, { scale: [0, 1], ratio }, key(0))).toThrow(
      '0 < low <= high <= 1, got 0,1',
    );
    expect(() => randomResizedCrop(4, 4, { scale: [0.5, 2], ratio }, key(0))).toThrow('got 0.5,2');
    expect(() => randomResizedCrop(4, 4, { scale: [1, 1], ratio: [2, 1] }, key(0))).toThrow('ratio');
    expect(() => randomResizedCrop(0, 4, { scale: [1, 1], ratio }, key(0))).toThrow('got 0 x 4');
  });
});

describe('sampleView', () => {
  it('draws with the frequencies and ranges of the recipe', () => {
    const draws = Array.from({ length: 20_000 }, (_, index) => sampleView(full, 32, 32, fold(key(1), index)));
    const share = (of: (draw: (typeof draws)[number]) => boolean): number =>
      draws.filter(of).length / draws.length;
    expect(share((draw) => draw.flip)).toBeCloseTo(0.5, 1);
    expect(Math.abs(share((draw) => draw.jitter !== null) - 0.8)).toBeLessThan(0.015);
    expect(Math.abs(share((draw) => draw.grayscale) - 0.2)).toBeLessThan(0.015);
    expect(Math.abs(share((draw) => draw.blurSigma !== null) - 0.5)).toBeLessThan(0.018);
    expect(Math.abs(share((draw) => draw.solarize) - 0.2)).toBeLessThan(0.015);
    const jitters = draws.flatMap(({ jitter }) => (jitter === null ? [] : [jitter]));
    expect(new Set(jitters.map(({ order }) => order.join())).size).toBe(24);
    const mean = (values: number[]): number => values.reduce((a, b) => a + b) / values.length;
    expect(mean(jitters.map(({ brightness }) => brightness))).toBeCloseTo(1, 1);
    expect(Math.abs(mean(jitters.map(({ hue }) => hue)))).toBeLessThan(0.005);
    for (const { contrast, hue } of jitters) {
      expect(Math.abs(contrast - 1)).toBeLessThanOrEqual(0.8);
      expect(Math.abs(hue)).toBeLessThanOrEqual(0.2);
    }
  });
  it('leaves the other draws alone when one operation changes', () => {
    const { crop, flip, jitter } = sampleView(view, 32, 32, key(5));
    const changed = sampleView({ ...full, grayscale: 1 }, 32, 32, key(5));
    expect({ crop: changed.crop, flip: changed.flip, jitter: changed.jitter }).toEqual({
      crop,
      flip,
      jitter,
    });
  });
  it('refuses misspelt, missing and impossible settings, naming them', () => {
    const sample = (change: object) => () => sampleView({ ...full, ...change }, 32, 32, key(0));
    expect(sample({ flipp: 1 })).toThrow('sampleView: unknown key flipp; known: size,crop,flip');
    expect(sample({ flip: 1.5 })).toThrow('flip must be in [0, 1], got 1.5');
    expect(sample({ size: 0 })).toThrow('size must be a positive integer, got 0');
    expect(sample({ blur: { probability: 1, sigma: [0, 1], kernelSize: 3 } })).toThrow(
      'blur.sigma must be 0 < low',
    );
    expect(sample({ blur: { probability: 1, sigma: [1, 2], kernelSize: 4 } })).toThrow(
      'odd positive integer, got 4',
    );
    expect(sample({ jitter: { ...view.jitter, hue: 0.6 } })).toThrow(
      'hue must be in [0, 0.5] turns, got 0.6',
    );
    expect(sample({ jitter: { probability: 1 } })).toThrow('missing key brightness,contrast,saturation,hue');
    const { flip: _, ...without } = full;
    expect(() => sampleView(without as ViewRecipe, 32, 32, key(0))).toThrow('missing key flip');
    expect(() => sampleView(full, 0, 32, key(0))).toThrow('got 0 x 32');
  });
});

describe('makeViews', () => {
  it('is normalised, view-major, and reports what was drawn', () => {
    const { data, shape, params } = makeViews(source, [3, 7, 9], CIFAR_SIMCLR, key(0));
    expect(shape).toEqual([2, 3, 32, 32, 3]);
    const one = new Float32Array(3072);
    renderView(source.image(7), view, params[1][1], one, 0);
    expect(data.subarray((3 + 1) * 3072, (3 + 2) * 3072)).toEqual(one);
    expect(params[0][1]).not.toEqual(params[1][1]);
  });
  it('gives an image the same views in any batch, order and buffer', () => {
    const recipe: ViewsRecipe = { name: 'full', source: 'test', views: [full, view] };
    const indices = Array.from({ length: 40 }, (_, index) => index);
    const all = makeViews(source, indices, recipe, key(3)).data;
    const buffer = new Float32Array(2 * 3072).fill(NaN);
    for (const index of [39, 0, 17]) {
      makeViews(source, [index], recipe, key(3), buffer);
      expect(buffer.subarray(0, 3072)).toEqual(all.subarray(index * 3072, (index + 1) * 3072));
      expect(buffer.subarray(3072)).toEqual(all.subarray((40 + index) * 3072, (41 + index) * 3072));
    }
    expect(makeViews(source, indices, recipe, key(4)).data).not.toEqual(all);
  });
  it('without a random operation is the normalised image', () => {
    const plain: ViewRecipe = {
      ...view,
      crop: { scale: [1, 1], ratio: [1, 1], interpolation: 'bilinear' },
      flip: 0,
      jitter: null,
      grayscale: 0,
    };
    const { data } = makeViews(source, [5], { name: 'plain', source: 'test', views: [plain] }, key(0));
    const expected = evaluationBatch(source, [5], CIFAR_EVALUATION);
    expect(expected.shape).toEqual([1, 32, 32, 3]);
    data.forEach((value, index) => {
      expect(Math.abs(value - expected.data[index])).toBeLessThan(1e-5);
    });
  });
  it('takes images of many sizes, one pixel included', () => {
    for (const [height, width] of [
      [1, 1],
      [2, 9],
      [64, 40],
    ]) {
      const { data } = makeViews(noiseSource(2, height, width), [0, 1], CIFAR_SIMCLR, key(2));
      expect(data.every(Number.isFinite)).toBe(true);
    }
  });
  it('keeps bicubic views inside the range of the images', () => {
    const cubic: ViewRecipe = { ...view, jitter: null, crop: { ...view.crop, interpolation: 'bicubic' } };
    const { data } = makeViews(source, [0, 1], { name: 'cubic', source: 'test', views: [cubic] }, key(0));
    const { mean, std } = CIFAR10_STATISTICS;
    expect(Math.max(...data)).toBeLessThan((1 - Math.min(...mean)) / Math.min(...std) + 1e-4);
  });
  it('refuses empty batches, wrong buffers, mixed sizes, unknown keys and indices out of range', () => {
    expect(() => makeViews(source, [], CIFAR_SIMCLR, key(0))).toThrow('indices must not be empty');
    expect(() => makeViews(source, [0], CIFAR_SIMCLR, key(0), new Float32Array(5))).toThrow(
      '2 x 1 x 32 x 32 x 3 values, got 5',
    );
    const mixed = { ...CIFAR_SIMCLR, views: [view, { ...view, size: 16 }] };
    expect(() => makeViews(source, [0], mixed, key(0))).toThrow('have sizes 32,16');
    expect(() => makeViews(source, [0], { ...CIFAR_SIMCLR, view: [] } as ViewsRecipe, key(0))).toThrow(
      'unknown key view',
    );
    expect(() => makeViews(source, [0], { ...CIFAR_SIMCLR, views: [] }, key(0))).toThrow(
      'views must not be empty',
    );
    expect(() => makeViews(source, [40], CIFAR_SIMCLR, key(0))).toThrow();
  });
});

describe('evaluationBatch', () => {
  it('is (x / 255 - mean) / std, and resizes and crops when asked to', () => {
    const { data } = evaluationBatch(source, [1], CIFAR_EVALUATION);
    const { mean, std } = CIFAR10_STATISTICS;
    expect(data[100]).toBeCloseTo((source.image(1).data[100] / 255 - mean[1]) / std[1], 5);
    const resize = { short: 20, crop: 16, interpolation: 'bilinear' } as const;
    expect(evaluationBatch(source, [1, 2], { ...CIFAR_EVALUATION, resize }).shape).toEqual([2, 16, 16, 3]);
  });
  it('refuses images of different sizes and unknown keys', () => {
    const mixed: ImageSource = {
      length: 2,
      image: (index) => noiseSource(1, 4 + index, 4).image(0),
    };
    expect(() => evaluationBatch(mixed, [0, 1], CIFAR_EVALUATION)).toThrow(
      'image 1 is 5 x 4, the first 4 x 4; set resize',
    );
    expect(() => evaluationBatch(source, [0], { ...CIFAR_EVALUATION, size: 3 } as never)).toThrow(
      'unknown key size',
    );
    expect(() => evaluationBatch(source, [], CIFAR_EVALUATION)).toThrow('must not be empty');
  });
});
