import { fold, key, Stream } from '@fovea/random';
import { describe, expect, it, vi } from 'vitest';
import {
  CIFAR_SIMCLR,
  COCO_SGCL,
  constrainedCrop,
  contrastiveCrop,
  cropWeights,
  type FractionBox,
  makeGuidedViews,
  makeMultiCropViews,
  makeViews,
  meanInside,
  type Plane,
  saliencyCrop,
  type ViewsRecipe,
} from '../index.ts';
import { noiseSource } from '../testing/noise.ts';
import { drawBeta } from './draw-beta.ts';

vi.setConfig({ testTimeout: 120_000 }); // a machine with other work is slow, not wrong

const range = { scale: [0.2, 1], ratio: [3 / 4, 4 / 3] } as const;

describe('drawBeta', () => {
  it.each([0.1, 0.6, 1, 4])('has the mean and variance of Beta(a, a) at a = %f', (a) => {
    const draw = new Stream(key(1));
    const values = Float64Array.from({ length: 40_000 }, () => drawBeta(a, a, draw));
    const mean = values.reduce((x, y) => x + y) / values.length;
    const variance = values.reduce((x, y) => x + (y - mean) ** 2, 0) / values.length;
    const exact = 1 / (4 * (2 * a + 1));
    expect(Math.abs(mean - 0.5)).toBeLessThan(5 * Math.sqrt(exact / values.length));
    expect(Math.abs(variance / exact - 1)).toBeLessThan(0.03);
    expect(values.every((value) => value >= 0 && value <= 1)).toBe(true);
  });
});

describe('contrastiveCrop', () => {
  it('puts the centre of every crop into the box, where the image allows it', () => {
    const box: FractionBox = [0.4, 0.4, 0.6, 0.6];
    for (let seed = 0; seed < 500; seed++) {
      const crop = contrastiveCrop(
        100,
        100,
        { box, alpha: 0.6, scale: [0.05, 0.2], ratio: [1, 1] },
        key(seed),
      );
      expect(Math.abs(crop.top + crop.height / 2 - 50)).toBeLessThanOrEqual(11);
      expect(Math.abs(crop.left + crop.width / 2 - 50)).toBeLessThanOrEqual(11);
    }
  });
  it('refuses boxes that are empty or leave the image', () => {
    const crop =
      (box: FractionBox, alpha = 0.6) =>
      () =>
        contrastiveCrop(9, 9, { ...range, box, alpha }, key(0));
    expect(crop([0.5, 0, 0.5, 1])).toThrow('box must be 0 <= top < bottom <= 1');
    expect(crop([0, 0, 1, 1.1])).toThrow('got 0,0,1,1.1');
    expect(crop([0, 0, 1, 1], 0)).toThrow('alpha must be > 0, got 0');
  });
});

describe('saliencyCrop', () => {
  it('looks where the map has its mass', () => {
    const map: Plane = { data: new Float32Array(64), height: 8, width: 8 };
    map.data[8 * 6 + 1] = 2; // low left
    for (let seed = 0; seed < 300; seed++) {
      const crop = saliencyCrop(80, 80, { scale: [0.05, 0.1], ratio: [1, 1] }, map, key(seed));
      expect(crop.top).toBeGreaterThanOrEqual(45);
      expect(crop.left).toBeLessThanOrEqual(20);
      expect(crop.top + crop.height).toBeLessThanOrEqual(80);
    }
  });
  it('takes a map without mass for uniform', () => {
    const map = { data: new Uint8Array(4), height: 2, width: 2 };
    const tops = Array.from(
      { length: 200 },
      (_, seed) => saliencyCrop(40, 40, { scale: [0.1, 0.1], ratio: [1, 1] }, map, key(seed)).top,
    );
    expect(Math.min(...tops)).toBeLessThan(3);
    expect(Math.max(...tops)).toBeGreaterThan(24);
  });
  it('refuses maps that are broken', () => {
    const map = { data: Float32Array.of(1, NaN), height: 1, width: 2 };
    expect(() => saliencyCrop(8, 8, range, map, key(0))).toThrow('finite and >= 0, got NaN at 1');
    expect(() => saliencyCrop(8, 8, range, { ...map, width: 3 }, key(0))).toThrow('holds 3 values, got 2');
  });
});

describe('meanInside and cropWeights', () => {
  const map: Plane = { data: Float32Array.of(0, 1, 0, 1), height: 2, width: 2 };
  it('weighs cells by the area they share with the crop', () => {
    expect(meanInside(map, { top: 0, left: 0, height: 8, width: 8 }, { height: 8, width: 8 })).toBeCloseTo(
      0.5,
    );
    expect(meanInside(map, { top: 2, left: 4, height: 3, width: 4 }, { height: 8, width: 8 })).toBeCloseTo(1);
    expect(meanInside(map, { top: 0, left: 3, height: 8, width: 2 }, { height: 8, width: 8 })).toBeCloseTo(
      0.5,
    );
    const bytes = { data: Uint8Array.of(0, 255, 0, 255), height: 2, width: 2 };
    expect(meanInside(bytes, { top: 0, left: 0, height: 2, width: 2 }, { height: 2, width: 2 })).toBeCloseTo(
      0.5,
    );
  });
  it('gives weights of mean 1, all 1 for a uniform map and for none', () => {
    expect(cropWeights([0.1, 0.3])[1]).toBeCloseTo(1.5);
    expect(cropWeights([0.4, 0.4, 0.4])).toEqual([1, 1, 1]);
    expect(cropWeights([0, 0])).toEqual([1, 1]);
    expect(() => cropWeights([])).toThrow('must not be empty');
    expect(() => cropWeights([1, -1])).toThrow('got -1');
  });
});

describe('constrainedCrop', () => {
  const mask = { data: new Uint8Array(40 * 60), height: 40, width: 60 };
  for (let y = 5; y < 15; y++) mask.data.fill(255, y * 60 + 40, y * 60 + 55);
  it('covers the mask as asked, or falls back to the box around it', () => {
    let drawn = 0;
    for (let seed = 0; seed < 300; seed++) {
      const crop = constrainedCrop(mask, range, 0.5, key(seed));
      expect(crop.coverage).toBeGreaterThanOrEqual(0.5);
      expect(crop.box.top + crop.box.height).toBeLessThanOrEqual(40);
      expect(crop.box.left + crop.box.width).toBeLessThanOrEqual(60);
      drawn += Number(crop.drawn);
    }
    expect(drawn).toBeGreaterThan(250);
    const tiny = constrainedCrop(mask, { scale: [0.001, 0.001], ratio: [1, 1] }, 1, key(0));
    expect(tiny).toEqual({ box: { top: 3, left: 40, height: 15, width: 15 }, coverage: 1, drawn: false });
  });
  it('refuses an empty mask', () => {
    expect(() => constrainedCrop({ ...mask, data: new Uint8Array(2400) }, range, 0.2, key(0))).toThrow(
      'no pixel',
    );
  });
});

describe('makeMultiCropViews', () => {
  it('groups views by size and gives each the bits it has alone', () => {
    const [view] = CIFAR_SIMCLR.views;
    const recipe: ViewsRecipe = { name: 'multi', source: 'test', views: [view, { ...view, size: 16 }, view] };
    const source = noiseSource(3, 32, 32);
    const [large, small] = makeMultiCropViews(source, [0, 2], recipe, key(1));
    expect([large.views, small.views]).toEqual([[0, 2], [1]]);
    expect(small.shape).toEqual([1, 2, 16, 16, 3]);
    const alone = makeViews(source, [0, 2], { ...recipe, views: [view] }, key(1));
    expect(large.data.subarray(0, alone.data.length)).toEqual(alone.data);
  });
});

describe('makeGuidedViews', () => {
  const source = noiseSource(2, 64, 64);
  it('places only the guided crops, and leaves every other draw as it was', () => {
    const map: Plane = { data: Float32Array.of(0, 0, 0, 1), height: 2, width: 2 };
    const guide = { kind: 'maps', maps: { length: 2, plane: () => map }, views: [2, 3, 4, 5, 6, 7] } as const;
    const guided = makeGuidedViews(source, [0, 1], COCO_SGCL, guide, key(3));
    const plain = makeMultiCropViews(source, [0, 1], COCO_SGCL, key(3));
    expect(Buffer.compare(bytes(guided[0].data), bytes(plain[0].data))).toBe(0);
    for (const [view, params] of guided[1].params.entries()) {
      for (const [row, { crop, ...rest }] of params.entries()) {
        expect(crop.top + crop.height / 2).toBeGreaterThanOrEqual(31);
        const { crop: _, ...others } = plain[1].params[view][row];
        expect(rest).toEqual(others);
      }
    }
  });
  it('does not depend on the batch', () => {
    const boxes: FractionBox[] = [
      [0, 0, 0.5, 0.5],
      [0.5, 0.5, 1, 1],
    ];
    const guide = { kind: 'boxes', boxes, alpha: 0.6, views: [0, 1] } as const;
    const [both] = makeGuidedViews(source, [0, 1], CIFAR_SIMCLR, guide, key(3));
    const [one] = makeGuidedViews(source, [1], CIFAR_SIMCLR, guide, key(3));
    expect(one.params[1][0]).toEqual(both.params[1][1]);
    expect(one.data.subarray(0, 3072)).toEqual(both.data.subarray(3072, 6144));
  });
  it('refuses a guide that lacks an image or names no view', () => {
    const guide = { kind: 'boxes', boxes: [], alpha: 0.6, views: [0] } as const;
    expect(() => makeGuidedViews(source, [1], CIFAR_SIMCLR, guide, key(3))).toThrow('has no box for image 1');
    expect(() =>
      makeGuidedViews(source, [1], CIFAR_SIMCLR, { ...guide, views: [2] }, fold(key(3), 0)),
    ).toThrow('has views 0 to 1, the guide names 2');
  });
});

function bytes({ buffer, byteOffset, byteLength }: Float32Array): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength);
}
