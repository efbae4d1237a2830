import { key } from '@fovea/random';
import { describe, expect, it } from 'vitest';
import {
  CIFAR_WEAK,
  type LoadableImages,
  makeViews,
  openViewLoader,
  type ViewLoaderOptions,
} from '../index.ts';
import { noise } from '../testing/noise.ts';

const side = 24;
const images = Uint8Array.from(noise(20 * side, side, 1).data);
const set: LoadableImages = { images, length: 20, height: side, width: side, channels: 3 };
const source = {
  length: 20,
  image: (index: number) => ({
    data: images.subarray(index * side * side * 3, (index + 1) * side * side * 3),
    height: side,
    width: side,
    channels: 3,
  }),
};
const batches = [[0, 1, 2, 3, 4, 5, 6], [19, 3], [7], [8, 9, 10, 11, 12]];

async function collect(
  options: ViewLoaderOptions,
): Promise<{ data: Float32Array; params: unknown; indices: number[] }[]> {
  const loader = openViewLoader(set, CIFAR_WEAK, options);
  const all = [];
  for await (const { data, params, indices } of loader.run(batches, key(4))) {
    all.push({ data: new Float32Array(data), params, indices: [...indices] }); // copied: the memory is reused
  }
  await loader.close();
  return all;
}

describe('openViewLoader', () => {
  it.each([
    { workers: 1, prefetch: 0 },
    { workers: 2, prefetch: 1 },
    { workers: 3, prefetch: 5 },
  ])(
    'gives the bits of makeViews with $workers workers and $prefetch batches ahead',
    { timeout: 60_000 },
    async (options) => {
      const all = await collect(options);
      expect(all.map(({ indices }) => indices)).toEqual(batches);
      for (const [place, { data, params }] of all.entries()) {
        const expected = makeViews(source, batches[place], CIFAR_WEAK, key(4));
        expect(Buffer.compare(Buffer.from(data.buffer), Buffer.from(expected.data.buffer))).toBe(0);
        expect(params).toEqual(expected.params);
      }
    },
  );
  it('reports a bad index when its turn comes, and works on', { timeout: 60_000 }, async () => {
    const loader = openViewLoader(set, CIFAR_WEAK, { workers: 2 });
    const run = loader.run([[0], [20, 1]], key(0));
    expect((await run.next()).done).toBe(false);
    await expect(run.next()).rejects.toThrow('index must be an integer in [0, 20), got 20');
    for await (const { shape } of loader.run([[0, 1]], key(0))) expect(shape).toEqual([2, 2, 32, 32, 3]);
    await expect(loader.run([[]], key(0)).next()).rejects.toThrow('indices must not be empty');
    await loader.close();
    await loader.close();
    await expect(loader.run([[0]], key(0)).next()).rejects.toThrow('the loader is closed');
  });
  it('refuses options out of range', () => {
    expect(() => openViewLoader(set, CIFAR_WEAK, { workers: 0 })).toThrow(
      'workers must be an integer >= 1, got 0',
    );
    expect(() => openViewLoader(set, CIFAR_WEAK, { prefetch: -1 })).toThrow(
      'prefetch must be an integer >= 0, got -1',
    );
    expect(() => openViewLoader(set, CIFAR_WEAK, { threads: 1 } as never)).toThrow('unknown key threads');
    expect(() => openViewLoader({ ...set, channels: 1 }, CIFAR_WEAK)).toThrow('3 channels, got 1');
  });
});
