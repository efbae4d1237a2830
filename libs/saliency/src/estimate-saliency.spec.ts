import { key } from '@fovea/random';
import { describe, expect, it } from 'vitest';
import { estimateSaliency, SALIENCY_ESTIMATORS, type SaliencyEstimator } from './estimate-saliency.ts';
import type { Image } from './image.ts';
import { disc, discMask, meansInAndOut, picture } from './testing/pictures.ts';

const LOOKING = SALIENCY_ESTIMATORS.filter((name) => name !== 'centre' && name !== 'random');
const estimate = (image: Image, name: SaliencyEstimator) => estimateSaliency(image, name, { key: key(0) });

describe.each(LOOKING.filter((name) => name !== 'sr'))('estimateSaliency by %s', (name) => {
  it('is brighter inside an object that differs from its background', () => {
    const [inside, outside] = meansInAndOut(estimate(disc(), name), discMask());
    expect(inside).toBeGreaterThan(1.5 * outside);
  });

  it('looks the same for a mirrored image, about', () => {
    const image = disc();
    const mirrored = picture(96, 96, (c, r) => [
      ...image.data.subarray(3 * (r * 96 + 95 - c)).subarray(0, 3),
    ]);
    const [inside, outside] = meansInAndOut(estimate(mirrored, name), discMask());
    expect(inside).toBeGreaterThan(1.5 * outside);
  });
});

describe.each(LOOKING)('estimateSaliency by %s', (name) => {
  it('is all zero for a constant image', () => {
    const map = estimate(
      picture(40, 30, () => [90, 120, 30]),
      name,
    );
    expect(map.data.every((value) => value === 0)).toBe(true);
  });

  it('gives the same map twice', () => {
    expect(estimate(disc(), name).data).toEqual(estimate(disc(), name).data);
  });
});

describe.each(SALIENCY_ESTIMATORS)('estimateSaliency by %s', (name) => {
  const sizes = [
    [1, 1],
    [1, 7],
    [9, 1],
    [2, 2],
    [5, 3],
    [17, 33],
  ] as const;
  it.each(sizes)('gives finite values in [0, 1] at the size of a %d x %d image', (width, height) => {
    const map = estimate(
      picture(width, height, (c, r) => [(c * 71) % 256, (r * 53) % 256, (c * r) % 256]),
      name,
    );
    expect([map.width, map.height, map.data.length]).toEqual([width, height, width * height]);
    expect(map.data.every((value) => value >= 0 && value <= 1)).toBe(true);
  });

  it('takes grey and transparent images', () => {
    const grey = picture(20, 20, (c, r) => [c > 5 && c < 14 && r > 5 && r < 14 ? 220 : 30]);
    const clear = picture(20, 20, (c, r) => [200, 30, 30, c > 5 && c < 14 && r > 5 && r < 14 ? 255 : 0]);
    for (const image of [grey, clear]) {
      expect(estimate(image, name).data.every((value) => value >= 0 && value <= 1)).toBe(true);
    }
  });
});

describe('estimateSaliency', () => {
  it('shrinks a huge image, and brings the map back to its size', () => {
    const data = new Uint8Array(1200 * 900).fill(30);
    for (let r = 250; r < 650; r++) data.fill(220, r * 1200 + 400, r * 1200 + 800);
    const image = { data, width: 1200, height: 900, channels: 1 };
    const map = estimate(image, 'rbd');
    expect([map.width, map.height]).toEqual([1200, 900]);
    expect(map.data[450 * 1200 + 600]).toBeGreaterThan(0.9);
    expect(map.data[0]).toBeLessThan(0.1);
  });

  it('never finds an artificial frame salient', () => {
    const framed = picture(96, 96, (c, r) => {
      if (c < 5 || r < 5 || c > 90 || r > 90) return [255, 255, 0];
      return Math.hypot(c - 47, r - 47) < 20 ? [200, 30, 30] : [30, 90, 40];
    });
    const map = estimate(framed, 'rbd');
    expect(map.data[2 * 96 + 48]).toBe(0);
    expect(map.data[48 * 96 + 48]).toBeGreaterThan(0.9);
  });

  it('says what is wrong with its input', () => {
    const image = disc(8, 8);
    expect(() => estimateSaliency({ ...image, data: new Uint8Array(3) }, 'rbd')).toThrow(
      'a 8 x 8 image of 3 channels has 192 bytes, got 3',
    );
    expect(() => estimateSaliency({ ...image, width: 0 }, 'rbd')).toThrow('at least one pixel, got 0 x 8');
    expect(() => estimateSaliency({ ...image, channels: 2 }, 'rbd')).toThrow('1, 3 or 4 channels, got 2');
    expect(() => estimateSaliency(image, 'hs' as SaliencyEstimator)).toThrow(
      'no estimator hs; there are rbd',
    );
    expect(() => estimateSaliency(image, 'random')).toThrow('random needs { key }');
    expect(() => estimateSaliency(image, 'rbd', { size: 3 } as object)).toThrow('no option size');
    expect(() => estimateSaliency(image, 'rbd', { longest: 0 })).toThrow('longest must lie in [1, 4096]');
  });
});
