import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadPacked, packImages, verifyPacked } from '../index.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'fovea-data-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const options = { name: 'tiny', classes: ['a', 'b'], licence: 'l', citation: 'c' };

async function files(count: number): Promise<{ name: string; path: string; label: number; split: string }[]> {
  return Promise.all(
    Array.from({ length: count }, async (_, index) => {
      const path = join(folder, `${index}.png`);
      const raw = { width: 3, height: 3, channels: 3 } as const;
      writeFileSync(path, await sharp(Buffer.alloc(27, index), { raw }).png().toBuffer());
      return { name: `${index}.png`, path, label: index % 2, split: index < 4 ? 'train' : 'test' };
    }),
  );
}

describe('packImages', () => {
  it('writes what loadPacked reads and verifyPacked confirms, in as many shards as needed', async () => {
    const packed = join(folder, 'out/tiny');
    await packImages(await files(6), packed, { ...options, shardBytes: 1500 });
    expect(readdirSync(packed)).toEqual([
      'index.csv',
      'manifest.json',
      'test-00.tar',
      'train-00.tar',
      'train-01.tar',
    ]);
    expect(await verifyPacked(packed)).toEqual([]);
    const train = loadPacked(packed, { where: { split: 'train' }, split: 'train' });
    expect([train.length, [...train.labels], train.licence]).toEqual([4, [0, 1, 0, 1], 'l']);
    for (let index = 0; index < 4; index++)
      expect((await train.image(index)).data).toEqual(new Uint8Array(27).fill(index));
  });
  it('leaves nothing behind when a file cannot be read, and never writes over something', async () => {
    const list = await files(2);
    const gone = { ...list[0], path: join(folder, 'gone.png') };
    await expect(packImages([list[0], gone], join(folder, 'out'), options)).rejects.toThrow('gone.png');
    expect(readdirSync(folder).sort()).toEqual(['0.png', '1.png']);
    mkdirSync(join(folder, 'full'));
    writeFileSync(join(folder, 'full/x'), '');
    await expect(packImages(list, join(folder, 'full'), options)).rejects.toThrow('is not empty');
    expect(readdirSync(join(folder, 'full'))).toEqual(['x']);
    await expect(packImages([{ ...list[0], name: 'a,b' }], join(folder, 'out'), options)).rejects.toThrow(
      "name 'a,b' must have no comma",
    );
  });
});
