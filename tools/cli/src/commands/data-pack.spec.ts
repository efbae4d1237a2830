import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CIFAR_WEAK, openViewSource } from '@fovea/augment';
import { encodePng, loadPacked, loadShards, verifyPacked } from '@fovea/data';
import { key } from '@fovea/random';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { packFolder } from './data-pack.ts';

const flags = { name: 'tiny', format: 'shards', shardMb: '256', licence: 'l', citation: 'c' };

let folder = '';
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'fovea-pack-'));
  for (const [place, file] of ['train/cat/1', 'train/cat/2', 'train/dog/3', 'val/dog/4'].entries()) {
    const path = join(folder, 'images', `${file}.png`);
    mkdirSync(join(path, '..'), { recursive: true });
    const data = new Uint8Array(6 * 5 * 3).fill(place * 10);
    writeFileSync(path, await encodePng({ data, height: 6, width: 5, channels: 3 }));
  }
});
afterEach(() => rmSync(folder, { recursive: true }));

describe('data pack', () => {
  it('makes splits of train and val, as files, as pixels and as tar', async () => {
    for (const [format, change] of Object.entries({
      files: {},
      pixels: { pixels: '4x3' },
      tar: { format: 'tar' },
    })) {
      const out = join(folder, format);
      expect(await packFolder(join(folder, 'images'), out, { ...flags, ...change })).toContain(
        'packed 4 images of 2 classes',
      );
      expect(await verifyPacked(out)).toEqual([]);
      const val = loadPacked(out, { where: { split: 'val' }, split: 'test' });
      expect([val.length, val.labels[0], val.names[0]]).toEqual([1, 1, 'val/dog/4.png']);
      expect((await val.image(0)).data[0]).toBe(30);
      if (format === 'pixels')
        expect(loadShards(out, { split: 'train' }).stored).toMatchObject({ height: 4, width: 3 });
    }
  });
  it('makes pixels that the threads of a view source read, with the views of images in memory', { timeout: 120_000 }, async () => {
    const out = join(folder, 'pixels');
    await packFolder(join(folder, 'images'), out, { ...flags, pixels: '16' });
    const packed = loadShards(out, { part: 'train', split: 'train' });
    const images = packed.batch([0, 1, 2]);
    const options = { recipe: CIFAR_WEAK, batch: 3, key: key(0), extras: ['index'] } as const;
    const memory = openViewSource({ ...options, images: { images, length: 3, height: 16, width: 16, channels: 3 }, workers: 0 });
    const stored = openViewSource({ ...options, images: packed, workers: 2 });
    for (const step of [0, 1]) {
      const [one, other] = [await memory.batch(step, 0), await stored.batch(step, 0)];
      expect(other.extras.index.data).toEqual(one.extras.index.data);
      expect(other.views[0].data).toEqual(one.views[0].data);
    }
    await Promise.all([memory.close(), stored.close()]);
    packed.close();
  }); // prettier-ignore
  it('takes one folder of classes for training images', async () => {
    const out = join(folder, 'out');
    await packFolder(join(folder, 'images', 'train'), out, flags);
    expect(loadShards(out, { part: 'train', split: 'train' }).classes).toEqual(['cat', 'dog']);
  });
  it('names a class that training images have not', async () => {
    mkdirSync(join(folder, 'images/val/bird'));
    const packed = packFolder(join(folder, 'images'), join(folder, 'out'), flags);
    await expect(packed).rejects.toThrow('bird is a class that train has not');
  });
  it('refuses options that are none', async () => {
    const pack = (change: object): Promise<string> =>
      packFolder(join(folder, 'images'), join(folder, 'out'), { ...flags, ...change });
    await expect(pack({ format: 'zip' })).rejects.toThrow('--format must be shards or tar, got zip');
    await expect(pack({ pixels: 'large' })).rejects.toThrow('--pixels must be SIZE or HEIGHTxWIDTH');
    await expect(pack({ shardMb: '0' })).rejects.toThrow('--shard-mb must be > 0');
    await expect(pack({ format: 'tar', pixels: '3' })).rejects.toThrow('need --format shards');
    await expect(packFolder(join(folder, 'none'), join(folder, 'out'), flags)).rejects.toThrow(
      'does not exist',
    );
  });
});
