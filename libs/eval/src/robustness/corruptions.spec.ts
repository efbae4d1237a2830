import { fold, key } from '@fovea/random';
import { describe, expect, it } from 'vitest';
import { collect } from '../testing/blobs.ts';
import { corrupt } from './corrupt.ts';
import { corruptionConstants, corruptionTypes, type CorruptionSet } from './corruption-constants.ts';
import { corruptions } from './corruptions.ts';
import { jpegRoundTrip } from './jpeg-round-trip.ts';
import { boxResize, clippedZoom, gaussianPlane, inside } from './planes.ts';
import { plasma } from './plasma.ts';

/** A smooth scene with an edge. */
function scene(side: number): { data: Uint8Array; height: number; width: number; channels: number } {
  const data = Uint8Array.from({ length: side * side * 3 }, (_, at) => {
    const [y, x, channel] = [Math.floor(at / 3 / side) / side, (Math.floor(at / 3) % side) / side, at % 3];
    const disk = Number((x - 0.4) ** 2 + (y - 0.5) ** 2 < 0.06);
    return Math.round(255 * (0.2 + 0.4 * disk + 0.3 * x * (channel === 0 ? 1 : y)));
  });
  return { data, height: side, width: side, channels: 3 };
}

const difference = (a: Uint8Array, b: Uint8Array): number =>
  a.reduce((sum, value, at) => sum + Math.abs(value - b[at]), 0) / a.length;

describe('corrupt', () => {
  const image = scene(32);

  it.each(corruptionTypes)('%s is a pure function of its key, and worst at severity 5', (type) => {
    const run = (severity: number, seed = 0): Uint8Array =>
      corrupt(image, { type, severity, set: 'cifar-c' }, key(seed)).data as Uint8Array;
    expect(run(3)).toEqual(run(3));
    expect(run(1)).toHaveLength(image.data.length);
    // Means over draws: single draws of a mild corruption may beat a severe one.
    const mean = (severity: number): number =>
      [0, 1, 2, 3, 4, 5].reduce((sum, seed) => sum + difference(run(severity, seed), image.data), 0) / 6;
    expect(mean(5)).toBeGreaterThan(type === 'elastic-transform' ? 0.5 : mean(1));
    const isDrawn = ![
      'brightness',
      'contrast',
      'defocus-blur',
      'zoom-blur',
      'pixelate',
      'jpeg-compression',
    ].includes(type);
    expect(difference(run(4, 0), run(4, 1)) > 0).toBe(isDrawn);
  });

  it('has the moments of its noises', () => {
    const grey = { ...image, data: new Uint8Array(32 * 32 * 3).fill(128) };
    const run = (type: 'gaussian-noise' | 'shot-noise' | 'impulse-noise'): number[] =>
      [0, 1, 2, 3].flatMap((seed) =>
        Array.from(corrupt(grey, { type, severity: 5, set: 'cifar-c' }, key(seed)).data),
      );
    const sd = (values: number[]): number => {
      const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
      return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length);
    };
    expect(sd(run('gaussian-noise')) / 255).toBeCloseTo(0.1, 2);
    expect(sd(run('shot-noise')) / 255).toBeCloseTo(Math.sqrt(128 / 255 / 50), 2);
    const changed = run('impulse-noise').filter((value) => value !== 128);
    expect(changed.length / (4 * 32 * 32 * 3)).toBeCloseTo(0.07, 2);
    expect(new Set(changed)).toEqual(new Set([0, 255]));
  });

  it('brightens the value of HSV and keeps the mean under contrast', () => {
    const bright = corrupt(image, { type: 'brightness', severity: 1, set: 'cifar-c' }, key(0)).data;
    const at = 3 * (16 * 32 + 4);
    const [r, g, b] = image.data.subarray(at, at + 3);
    const most = Math.max(r, g, b);
    expect(Math.abs(Math.max(...bright.subarray(at, at + 3)) - (most + 0.05 * 255))).toBeLessThanOrEqual(1);
    expect(Math.abs(bright[at + 1] / Math.max(...bright.subarray(at, at + 3)) - g / most)).toBeLessThan(0.02);
    const flat = corrupt(image, { type: 'contrast', severity: 5, set: 'cifar-c' }, key(0)).data;
    const mean = (data: ArrayLike<number>): number =>
      Array.from(data).reduce((sum, value) => sum + value, 0) / data.length;
    expect(Math.abs(mean(flat) - mean(image.data))).toBeLessThan(1);
  });

  it('has five severities of one length for every type of every set, and works at its size', () => {
    const sides: Record<CorruptionSet, number> = { 'cifar-c': 32, 'tiny-imagenet-c': 64, 'imagenet-c': 224 };
    for (const [set, table] of Object.entries(corruptionConstants)) {
      for (const type of corruptionTypes) {
        expect(table[type]).toHaveLength(5);
        expect(new Set(table[type].map((row) => row.length)).size).toBe(1);
      }
      const side = sides[set as CorruptionSet];
      const changed = corrupt(scene(side), { type: 'fog', severity: 2, set: set as CorruptionSet }, key(0));
      expect(changed.data).toHaveLength(side * side * 3);
    }
  });

  it('refuses unknown names, severities, and images that are not square', () => {
    const good = { type: 'fog', severity: 1, set: 'cifar-c' } as const;
    expect(() => corrupt(image, { ...good, type: 'rain' as 'fog' }, key(0))).toThrow(/no rain of cifar-c/);
    expect(() => corrupt(image, { ...good, severity: 0 }, key(0))).toThrow(/severity must be 1 … 5, got 0/);
    expect(() => corrupt({ ...image, height: 16 }, good, key(0))).toThrow(
      /square RGB image, got 16 x 32 x 3/,
    );
  });
});

describe('the tools of the corruptions', () => {
  it('mirror, blur, resize and zoom as worked out by hand', () => {
    expect([-2, -1, 0, 4, 5].map((at) => inside(at, 4, 'reflect'))).toEqual([1, 0, 0, 3, 2]);
    expect([-2, -1, 4, 5].map((at) => inside(at, 4, 'reflect-101'))).toEqual([2, 1, 2, 1]);
    expect([-5, 9].map((at) => inside(at, 4, 'nearest'))).toEqual([0, 3]);
    const flat = { data: new Float64Array(16).fill(0.5), height: 4, width: 4 };
    gaussianPlane(flat, 1, 'reflect', 3).data.forEach((value) => expect(value).toBeCloseTo(0.5, 12));
    const ramp = { data: Float64Array.from({ length: 16 }, (_, at) => at % 4), height: 4, width: 4 };
    expect([...boxResize(ramp, 2, 2).data]).toEqual([0.5, 2.5, 0.5, 2.5]);
    expect(clippedZoom(ramp, 1).data).toEqual(ramp.data);
    expect(Math.max(...clippedZoom(ramp, 2).data)).toBe(2);
  });

  it('make plasma between 0 and 1, smoother the faster it decays', () => {
    const rough = (decay: number): number => {
      const map = plasma(32, decay, key(0));
      expect([Math.min(...map), Math.max(...map)]).toEqual([0, 1]);
      return map.reduce((sum, value, at) => sum + Math.abs(value - map[(at + 1) % map.length]), 0);
    };
    expect(rough(3)).toBeLessThan(rough(1.5));
    expect(() => plasma(20, 2, key(0))).toThrow(/power of two/);
  });

  it('keep a flat image through JPEG, lose more at lower quality, take sizes that are no multiple of 8', () => {
    const flat = { data: new Uint8Array(13 * 9 * 3).fill(77), height: 13, width: 9, channels: 3 };
    expect(difference(jpegRoundTrip(flat, 50), flat.data)).toBeLessThan(2);
    const image = scene(32);
    expect(difference(jpegRoundTrip(image, 100), image.data)).toBeLessThan(2.5);
    expect(difference(jpegRoundTrip(image, 7), image.data)).toBeGreaterThan(
      difference(jpegRoundTrip(image, 80), image.data),
    );
  });
});

describe('corruptions', () => {
  /** Class 1 where the upper left is bright. */
  const task = {
    length: 20,
    labels: Int32Array.from({ length: 20 }, (_, at) => at % 2),
    image: (index: number) => ({ ...scene(32), data: new Uint8Array(3072).fill(index % 2 === 0 ? 90 : 170) }),
    predict: (images: readonly { data: ArrayLike<number> }[]) =>
      Int32Array.from(images, ({ data }) => Number(data[0] > 128)),
  };

  it('reports clean error, each type, their mean and the mCE', async () => {
    const types = ['gaussian-noise', 'brightness'] as const;
    const options = {
      set: 'imagenet-c',
      key: fold(key(0), 'x'),
      batch: 8,
      types,
      reference: { 'gaussian-noise': 50, brightness: 25 },
    } as const;
    const metrics = await collect(corruptions(task, options));
    expect(metrics.map(({ metric }) => metric)).toEqual([
      'corruptions.clean.error',
      'corruptions.imagenet-c.gaussian-noise.error',
      'corruptions.imagenet-c.brightness.error',
      'corruptions.imagenet-c.mean-error',
      'corruptions.imagenet-c.mCE',
    ]);
    const [clean, noise, bright, mean, mce] = metrics.map(({ value }) => value);
    expect(clean).toBe(0);
    expect(noise).toBeGreaterThan(0);
    expect(mean).toBeCloseTo((noise + bright) / 2, 12);
    expect(mce).toBeCloseTo((noise / 50 + bright / 25) * 50, 10);
    expect(metrics[0]).toMatchObject({ n: 20, unit: '%', direction: 'down' });
    await expect(collect(corruptions(task, { ...options, reference: { brightness: 2 } }))).rejects.toThrow(
      /reference has no error > 0 for gaussian-noise/,
    );
  });
});
