import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { loadImages, loadPacked, verifyPacked } from '../index.ts';
import { makeTar } from '../testing/make-tar.ts';
import { sharedData } from '../testing/shared-data.ts';

let folder = '';
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'fovea-data-'));
  const picture = (value: number): Promise<Buffer> =>
    sharp(Buffer.alloc(4 * 3 * 3, value), { raw: { width: 4, height: 3, channels: 3 } })
      .png()
      .toBuffer();
  const files = { 'a.png': await picture(10), 'b.png': await picture(20), 'c.png': await picture(30) };
  const tar = makeTar(files);
  writeFileSync(join(folder, 'train-00.tar'), tar);
  let offset = 0;
  const lines = Object.entries(files).map(([name, bytes], index) => {
    const line = `${index < 2 ? 'train' : 'val'},train-00.tar,${offset + 512},${bytes.length},${index % 2},${name}`;
    offset += 512 + 512 * Math.ceil(bytes.length / 512);
    return line;
  });
  writeFileSync(join(folder, 'index.csv'), `split,shard,offset,length,label,name\n${lines.join('\n')}\n`);
  const sha256 = createHash('sha256').update(tar).digest('hex');
  writeFileSync(
    join(folder, 'manifest.json'),
    JSON.stringify({
      name: 'tiny',
      classes: ['x', 'y'],
      shards: [{ file: 'train-00.tar', bytes: tar.length, sha256 }],
    }),
  );
});
afterEach(() => {
  rmSync(folder, { recursive: true });
  vi.restoreAllMocks();
});

describe('loadPacked', () => {
  it('decodes images at the offsets of the index, and selects by columns', async () => {
    const all = loadPacked(folder, { split: 'train' });
    expect([all.length, [...all.labels], all.names]).toEqual([3, [0, 1, 0], ['a.png', 'b.png', 'c.png']]);
    const val = loadPacked(folder, { where: { split: 'val' }, split: 'test' });
    expect(await val.image(0)).toMatchObject({ height: 3, width: 4 });
    expect((await val.image(0)).data[0]).toBe(30);
    expect(val.digest).not.toBe(all.digest);
    expect(val.mask).toBeNull();
  });
  it('says what is missing or broken', () => {
    expect(() => loadPacked(join(folder, 'none'), { split: 'train' })).toThrow('has no index.csv');
    expect(() => loadPacked(folder, { where: { split: 'test' }, split: 'test' })).toThrow(
      'tiny has no image with {"split":"test"}',
    );
    expect(() => loadPacked(folder, { where: { fold: '1' }, split: 'test' })).toThrow('has no column fold');
    const index = readFileSync(join(folder, 'index.csv'), 'utf8');
    writeFileSync(join(folder, 'index.csv'), index.slice(0, -10));
    expect(() => loadPacked(folder, { split: 'train' })).toThrow('line 4 has');
  });
  it('verifies shards byte by byte', async () => {
    expect(await verifyPacked(folder)).toEqual([]);
    const path = join(folder, 'train-00.tar');
    const tar = readFileSync(path);
    tar[600] ^= 1;
    writeFileSync(path, tar);
    expect(await verifyPacked(folder)).toEqual([
      { file: 'train-00.tar', reason: 'other content than its SHA-256 says' },
    ]);
    writeFileSync(path, tar.subarray(0, 700));
    expect((await verifyPacked(folder))[0].reason).toContain('700 bytes, expected');
    rmSync(path);
    expect(await verifyPacked(folder)).toEqual([{ file: 'train-00.tar', reason: 'missing' }]);
  });
});

describe('loadImages', () => {
  it('loads what is asked for, by the indices of the set', async () => {
    const images = await loadImages(loadPacked(folder, { split: 'train' }), { indices: [2, 0] });
    expect([...images.indices]).toEqual([2, 0]);
    expect(images.image(2).data[0]).toBe(30);
    expect(() => images.image(1)).toThrow('image 1 is not loaded');
  });
  it('names a corrupt image, or skips, counts and reports it when asked to', async () => {
    vi.spyOn(process.stderr, 'write').mockReturnValue(true);
    const path = join(folder, 'train-00.tar');
    const tar = readFileSync(path);
    tar.fill(0, 512, 560);
    writeFileSync(path, tar);
    const set = loadPacked(folder, { split: 'train' });
    await expect(loadImages(set)).rejects.toThrow('cannot decode tiny a.png');
    await expect(loadImages(set, { skipCorrupt: true })).rejects.toThrow('1 of 3 images of tiny are corrupt');
    const indices = Array.from({ length: 20 }, (_, index) => (index === 0 ? 0 : 1 + (index % 2)));
    const images = await loadImages(set, { indices, skipCorrupt: true });
    expect(images.skipped).toMatchObject([{ index: 0, name: 'a.png' }]);
    expect(images.indices.length).toBe(19);
  });
  it('names a shard that is cut short or gone', async () => {
    const path = join(folder, 'train-00.tar');
    const set = loadPacked(folder, { split: 'train' });
    writeFileSync(path, readFileSync(path).subarray(0, 520));
    await expect(set.image(0)).rejects.toThrow('train-00.tar ends at byte 520, bytes 512 to');
    rmSync(path);
    await expect(set.image(0)).rejects.toThrow('cannot open');
  });
  it('refuses masks that are not there and unknown options', async () => {
    const set = loadPacked(folder, { split: 'train' });
    await expect(loadImages(set, { masks: true })).rejects.toThrow('tiny has no masks');
    await expect(loadImages(set, { mask: true } as never)).rejects.toThrow('unknown option mask');
    await expect(loadImages(set, { indices: [3], skipCorrupt: true })).rejects.toThrow('got 3');
  });
});

describe('the packed sets beside the workspace', () => {
  it('imagenette96 decodes', async ({ skip }) => {
    const path = sharedData('imagenette96') ?? skip('../shared/data is absent');
    const set = loadPacked(path, { where: { split: 'val' }, split: 'test' });
    expect([set.length, set.classes.length]).toEqual([3925, 10]);
    expect(await set.image(3924)).toMatchObject({ height: 96, width: 96 });
  });
  it('duts has binary masks of the images’ sizes, with the share that the index says', async ({ skip }) => {
    const path = sharedData('duts') ?? skip('../shared/data is absent');
    const set = loadPacked(path, { where: { split: 'test' }, split: 'test' });
    const { image, plane } = await loadImages(set, { indices: [0, 500, 999], masks: true });
    for (const index of [0, 500, 999]) {
      expect([plane(index).height, plane(index).width]).toEqual([image(index).height, image(index).width]);
      expect([...new Set(plane(index).data)].sort((a, b) => a - b)).toEqual([0, 255]);
    }
  });
  it('coco-scenes has an instance in the mask for every box that names one, at its place', async ({
    skip,
  }) => {
    const path = sharedData('coco-scenes') ?? skip('../shared/data is absent');
    const set = loadPacked(path, { where: { has_mask: '1' }, split: 'test' });
    expect(set.length).toBe(611);
    const objects = set.objects?.(0) ?? [];
    const mask = await set.mask?.(0);
    expect(objects.length).toBe(8);
    for (const { instance, box } of objects) {
      const pixels = [...(mask?.data.keys() ?? [])].filter((at) => mask?.data[at] === instance);
      const x = pixels.map((at) => at % (mask?.width ?? 1));
      expect(Math.min(...x)).toBeGreaterThanOrEqual(box[0] - 2);
      expect(Math.max(...x)).toBeLessThanOrEqual(box[2] + 2);
    }
  });
  it('caltech101-96 keeps its classes', ({ skip }) => {
    const path = sharedData('caltech101-96') ?? skip('../shared/data is absent');
    const set = loadPacked(path, { where: { split: 'train' }, split: 'train' });
    expect([set.length, set.classes.length]).toEqual([1515, 101]);
  });
});
