import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { cifar10Digest, loadCifar10 } from '../index.ts';

describe('loadCifar10', () => {
  it('gives the official test images in their order, 1,000 a class', { timeout: 300_000 }, async () => {
    const test = await loadCifar10({ split: 'test' });
    expect([test.length, test.height, test.width, test.channels]).toEqual([10_000, 32, 32, 3]);
    expect(test.images.length).toBe(10_000 * 3072);
    expect([...test.labels.subarray(0, 5)]).toEqual([3, 8, 8, 0, 6]);
    for (let label = 0; label < 10; label++) {
      expect(test.labels.filter((other) => other === label).length).toBe(1000);
    }
  });
  it('reads only the files that a limit needs', { timeout: 300_000 }, async () => {
    const train = await loadCifar10({ split: 'train', limit: 10_001 });
    expect(train.length).toBe(10_001);
    expect([...train.labels.subarray(0, 5)]).toEqual([6, 9, 9, 4, 1]);
    expect([...train.image(0).data.subarray(0, 3)]).toEqual([59, 62, 63]); // published first pixel of data_batch_1
    const short = await loadCifar10({ split: 'train', limit: 1 });
    expect(short.images).toEqual(train.images.subarray(0, 3072));
    expect(short.digest).not.toBe(train.digest);
    expect([short.digest, train.digest]).toEqual([cifar10Digest('train', 1), cifar10Digest('train', 10_001)]);
  });
  it('refuses unknown splits, unknown options and limits out of range', async () => {
    await expect(loadCifar10({ split: 'val' as 'test' })).rejects.toThrow(
      "split must be 'train' or 'test', got val",
    );
    await expect(loadCifar10({ split: 'test', limit: 10_001 })).rejects.toThrow(
      'in [1, 10000] for test, got 10001',
    );
    await expect(loadCifar10({ split: 'test', limit: 0 })).rejects.toThrow('got 0');
    await expect(loadCifar10({ split: 'test', limits: 1 } as never)).rejects.toThrow('unknown option limits');
  });
  it('passes on why the package cannot be had', async () => {
    const cache = mkdtempSync(join(tmpdir(), 'fovea-data-'));
    const fetchPackage = (): Promise<void> => Promise.reject(new Error('no network'));
    await expect(loadCifar10({ split: 'test', cache, fetchPackage })).rejects.toThrow('no network');
    rmSync(cache, { recursive: true });
  });
});
