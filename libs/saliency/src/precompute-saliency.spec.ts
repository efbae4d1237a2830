import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { estimateSaliency } from './estimate-saliency.ts';
import { precomputeSaliency } from './precompute-saliency.ts';
import { saliencyCache } from './saliency-cache.ts';
import { saliencyPool } from './saliency-pool.ts';
import { disc, picture } from './testing/pictures.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'fovea-saliency-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const images = [disc(), disc(60, 50), picture(20, 20, (c) => [12 * c])];

describe('precomputeSaliency', () => {
  it('keeps every map, goes on where a run stopped, and gives the same maps with any number of threads', async () => {
    const first = await precomputeSaliency(images.slice(0, 2), { folder, estimator: 'gs' });
    expect([first.computed, first.reused]).toEqual([2, 0]);
    const seen: number[] = [];
    const second = await precomputeSaliency(images, {
      folder,
      estimator: 'gs',
      workers: 2,
      onProgress: ({ computed, reused }) => seen.push(computed + reused),
    });
    expect([second.computed, second.reused]).toEqual([1, 2]);
    expect(seen).toEqual([1, 2, 3]);
    const cache = saliencyCache(folder, 'gs');
    for (const image of images) {
      const kept = cache.read(image);
      const fresh = estimateSaliency(image, 'gs');
      expect([kept?.width, kept?.height]).toEqual([fresh.width, fresh.height]);
      kept?.data.forEach((value, p) =>
        expect(Math.abs(value - fresh.data[p])).toBeLessThanOrEqual(0.5 / 255 + 1e-7),
      );
    }
  }, 20_000);

  it('fails with the estimator’s own message and closes its threads', async () => {
    await expect(precomputeSaliency(images, { folder, estimator: 'random' })).rejects.toThrow(
      'random needs { key }',
    );
    await expect(
      precomputeSaliency(images, { folder, estimator: 'gs', threads: 2 } as never),
    ).rejects.toThrow('no option threads');
  }, 20_000);
});

describe('saliencyCache', () => {
  const map = estimateSaliency(images[2], 'ft');
  it('has another folder for another estimator or option, and another file for another image', () => {
    const cache = saliencyCache(folder, 'ft');
    cache.write(images[2], map);
    expect(cache.has(images[2])).toBe(true);
    expect(cache.has(images[1])).toBe(false);
    expect(saliencyCache(folder, 'ft', { longest: 100 }).has(images[2])).toBe(false);
    expect(saliencyCache(folder, 'ft', { longest: 400 }).directory).toBe(cache.directory);
    expect(saliencyCache(folder, 'gs').read(images[2])).toBeUndefined();
  });
  it('refuses a damaged file by name', () => {
    const cache = saliencyCache(folder, 'ft');
    cache.write(images[2], map);
    const [inner] = readdirSync(cache.directory);
    const file = join(cache.directory, inner, readdirSync(join(cache.directory, inner))[0]);
    writeFileSync(file, 'oops');
    expect(() => cache.read(images[2])).toThrow(`${file} is damaged`);
  });
});

describe('saliencyPool', () => {
  it('rejects what is asked after it was closed, and numbers of threads that make no sense', async () => {
    const pool = saliencyPool(1);
    const pending = pool.estimate(disc(), 'gs').catch((error: unknown) => String(error));
    await pool.close();
    expect(await pending).toContain('the pool is closed');
    expect(() => saliencyPool(0)).toThrow('workers must lie in [1, 256], got 0');
    expect(() => saliencyPool(1.5)).toThrow('workers must be a whole number, got 1.5');
  });
});
