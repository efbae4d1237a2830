import { spawn } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { key, Stream } from '@fovea/random';
import sharp from 'sharp';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  loadPacked,
  loadShards,
  packShards,
  type PackShardsOptions,
  type ShardManifest,
  verifyPacked,
} from '../index.ts';
import type { FileToPack } from './pack-images.ts'; // prettier-ignore

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'fovea-data-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
  vi.restoreAllMocks();
});

const about = { name: 'tiny', classes: ['a', 'b'], licence: 'l', citation: 'c' };

/** PNG files of random sizes and colours, two of three in `train`. */
async function files(count: number, size?: number): Promise<(FileToPack & { data: Uint8Array; height: number; width: number })[]> {
  const draw = new Stream(key(count));
  const made = [];
  mkdirSync(join(folder, 'source'), { recursive: true });
  for (let index = 0; index < count; index++) {
    const [height, width] = [size ?? draw.integer(1, 40), size ?? draw.integer(1, 40)];
    const data = Uint8Array.from({ length: height * width * 3 }, () => draw.integer(0, 256));
    const path = join(folder, 'source', `${index}, é.png`);
    writeFileSync(path, await sharp(data, { raw: { width, height, channels: 3 } }).png().toBuffer());
    made.push({ name: `${index}, é.png`, path, label: index % 2, split: index % 3 === 2 ? 'val' : 'train', data, height, width });
  }
  return made;
} // prettier-ignore

const pack = async (list: readonly FileToPack[], change: Partial<PackShardsOptions> = {}, name = 'out/packed'): Promise<[string, ShardManifest]> => {
  const out = join(folder, name);
  return [out, await packShards(list, out, { ...about, ...change })];
}; // prettier-ignore

describe('packShards', () => {
  it('keeps the bytes of files of random sizes, each at a multiple of 64, and finds them in any order at once', async () => {
    const list = await files(20);
    const [out, manifest] = await pack(list, { shardBytes: 3000 });
    expect(manifest.shards.length).toBeGreaterThan(2);
    expect(await verifyPacked(out)).toEqual([]);
    const wanted = [...list.filter(({ split }) => split === 'train'), ...list.filter(({ split }) => split === 'val')];
    const set = loadShards(out, { split: 'train' });
    expect([set.names, [...set.labels]]).toEqual([wanted.map(({ name }) => name), wanted.map(({ label }) => label)]);
    const places = Array.from({ length: 100 }, (_, at) => (at * 7) % 20);
    const images = await Promise.all(places.map((place) => set.image(place)));
    for (const [at, place] of places.entries()) {
      const { data, height, width, path } = wanted[place];
      expect([images[at].height, images[at].width]).toEqual([height, width]);
      expect(set.size(place)).toEqual([height, width]);
      expect(Buffer.compare(images[at].data, data)).toBe(0);
      expect(Buffer.compare(await set.bytes(place), readFileSync(path))).toBe(0);
    }
    set.close();
    expect((await set.image(3)).data).toEqual(images[places.indexOf(3)].data); // opens again
    set.close();
  }); // prettier-ignore
  it('keeps pixels as a plain array that another program can map, and hands out batches', async () => {
    const list = await files(9, 8);
    const [out, manifest] = await pack(list, { pixels: { height: 8, width: 8 }, shardBytes: 600 });
    expect(manifest).toMatchObject({
      records: 'pixels',
      pixels: { height: 8, width: 8, channels: 3 },
      count: 9,
    });
    const train = loadShards(out, { part: 'train', split: 'train' });
    const mine = list.filter(({ split }) => split === 'train');
    const mapped = Buffer.concat(
      manifest.shards
        .filter(({ split }) => split === 'train')
        .map(({ file }) => readFileSync(join(out, file))),
    );
    expect(Buffer.compare(mapped, Buffer.concat(mine.map(({ data }) => data)))).toBe(0);
    expect(Buffer.compare(train.batch([4, 0, 4]), Buffer.concat([4, 0, 4].map((at) => mine[at].data)))).toBe(
      0,
    );
    expect((await train.image(5)).data).toEqual(mine[5].data);
    expect(train.stored).toMatchObject({ height: 8, width: 8, channels: 3 });
    expect(train.stored?.files.reduce((sum, { count }) => sum + count, 0)).toBe(6);
    expect(() => train.batch([6])).toThrow('index must be an integer in [0, 6), got 6');
    expect(() => train.batch([0], new Uint8Array(5))).toThrow('out must hold 192 bytes, got 5');
    train.close();
  });
  it('resizes to cover the wanted pixels and cuts out the centre', async () => {
    const raw = Buffer.concat(
      Array.from({ length: 40 }, () => Buffer.concat([Buffer.alloc(30, 0), Buffer.alloc(60, 200), Buffer.alloc(30, 0)])),
    );
    const path = join(folder, 'wide.png');
    writeFileSync(path, await sharp(raw, { raw: { width: 40, height: 40, channels: 3 } }).png().toBuffer());
    const file = { name: 'wide', path, label: 0, split: 'train' };
    const [out] = await pack([file], { pixels: { height: 20, width: 10 } });
    const { data } = await loadShards(out, { split: 'train' }).image(0);
    expect(data.length).toBe(600);
    expect(Math.min(...data.subarray(3, 27))).toBeGreaterThan(150); // black columns are cut away
  }); // prettier-ignore
  it('writes the same bytes every time, and another digest for another source', async () => {
    const list = await files(5);
    const [first, one] = await pack(list);
    const [second, two] = await pack(list, {}, 'again');
    for (const file of readdirSync(first))
      expect(Buffer.compare(readFileSync(join(first, file)), readFileSync(join(second, file)))).toBe(0);
    const [, other] = await pack([{ ...list[0], label: 1 }, ...list.slice(1)], {}, 'other');
    expect(one.sourceDigest).toBe(two.sourceDigest);
    expect(other.sourceDigest).not.toBe(one.sourceDigest);
  });
  it('names a corrupt file, or skips, counts and reports it when asked to, but never many', async () => {
    vi.spyOn(process.stderr, 'write').mockReturnValue(true);
    const list = await files(12);
    writeFileSync(list[4].path, readFileSync(list[4].path).subarray(0, 20));
    for (const change of [{}, { pixels: { height: 4, width: 4 } }]) {
      await expect(pack(list, change)).rejects.toThrow('4, é.png');
      expect(readdirSync(folder)).toEqual(expect.not.arrayContaining([expect.stringContaining('tmp')]));
    }
    const [out, manifest] = await pack(list, { skipCorrupt: true });
    expect(manifest.skipped).toMatchObject([{ name: '4, é.png' }]);
    expect(loadShards(out, { split: 'train' }).length).toBe(11);
    expect(await verifyPacked(out)).toEqual([]);
    writeFileSync(list[5].path, 'nothing');
    await expect(pack(list, { skipCorrupt: true }, 'b')).rejects.toThrow('2 of 12 files are corrupt');
  });
  it('never writes over something, and refuses what does not fit', async () => {
    const list = await files(2);
    const [out] = await pack(list);
    await expect(pack(list)).rejects.toThrow('is not empty. Give a new folder.');
    expect(await verifyPacked(out)).toEqual([]);
    await expect(pack([])).rejects.toThrow('files must not be empty');
    await expect(pack([{ ...list[0], label: 2 }])).rejects.toThrow('has label 2, but there are 2 classes');
    await expect(pack([{ ...list[0], split: '../x' }])).rejects.toThrow("split '../x'");
    await expect(pack([{ ...list[0], name: 'a\nb' }])).rejects.toThrow('must have no line end');
    await expect(pack(list, { pixels: { height: 0, width: 4 } })).rejects.toThrow('got 0 x 4');
    await expect(pack(list, { size: 3 } as never)).rejects.toThrow('unknown option size');
    await expect(pack([{ ...list[0], path: join(folder, 'none.png') }], {}, 'none')).rejects.toThrow('cannot read 0, é.png');
  }); // prettier-ignore
  it('leaves no half of a set when it is killed, and starts anew', { timeout: 120_000 }, async () => {
    const list = await files(3);
    const out = join(folder, 'killed');
    const child = spawn(process.execPath, ['-e', '0']);
    await new Promise((resolve) => child.on('exit', resolve)); // a process that is gone
    mkdirSync(`${out}.${child.pid}.0.tmp`);
    writeFileSync(join(`${out}.${child.pid}.0.tmp`, 'train-0000.bin'), 'half');
    mkdirSync(`${out}-other.${child.pid}.0.tmp`);
    await packShards(list, out, about);
    expect(existsSync(`${out}.${child.pid}.0.tmp`)).toBe(false);
    expect(existsSync(`${out}-other.${child.pid}.0.tmp`)).toBe(true); // not ours
    expect(await verifyPacked(out)).toEqual([]);
  });
});

describe('a sharded set', () => {
  it('is what loadPacked opens, by its split', async () => {
    const list = await files(6);
    const [out] = await pack(list);
    const val = loadPacked(out, { where: { split: 'val' }, split: 'test' });
    expect([val.length, val.names]).toEqual([2, ['2, é.png', '5, é.png']]);
    expect(() => loadPacked(out, { where: { fold: '1' }, split: 'test' })).toThrow('selects by split only');
    expect(() => loadShards(out, { part: 'dev', split: 'test' })).toThrow("no part 'dev'; it has train, val");
    expect(() => loadShards(out, { parts: 'dev' } as never)).toThrow('unknown option parts');
    await expect(val.image(2)).rejects.toThrow('index must be an integer in [0, 2), got 2');
  });
  it('names the damaged record when it is read and when all is verified', async () => {
    const list = await files(8, 6);
    const [out, { shards }] = await pack(list, { pixels: { height: 6, width: 6 } });
    const path = join(out, shards[0].file);
    const bytes = readFileSync(path);
    bytes[2 * 108 + 5] ^= 1;
    writeFileSync(path, bytes);
    const set = loadShards(out, { split: 'train' });
    await expect(set.image(2)).rejects.toThrow('tiny 3, é.png (record 2): damaged: bytes 216 to 324 of');
    expect(() => set.batch([1, 2])).toThrow('record 2): damaged');
    expect((await set.image(3)).height).toBe(6);
    expect(await verifyPacked(out)).toEqual([
      {
        file: shards[0].file,
        reason: 'record 2 (3, é.png) is damaged: bytes 216 to 324 have another CRC-32',
      },
    ]);
    set.close();
  });
  it('names files that are cut short, gone or of another version', async () => {
    const list = await files(8, 6);
    const [out, { shards }] = await pack(list, { pixels: { height: 6, width: 6 } });
    const path = join(out, shards[0].file);
    const set = loadShards(out, { split: 'train' });
    truncateSync(path, 500);
    await expect(set.image(5)).rejects.toThrow('has no byte 540, bytes 540 to 648 are needed. It is cut short.');
    expect(() => loadShards(out, { split: 'train' })).toThrow('has 500 bytes, expected 648');
    expect((await verifyPacked(out))[0].reason).toBe('500 bytes, expected 648; records 4 to 5 are cut off');
    set.close();
    rmSync(path);
    expect(await verifyPacked(out)).toEqual([{ file: shards[0].file, reason: 'missing' }]);
    expect(() => loadShards(out, { split: 'train' })).toThrow('is in the manifest but does not exist');
    const index = readFileSync(join(out, 'index.bin'));
    index[40] ^= 1;
    writeFileSync(join(out, 'index.bin'), index);
    expect((await verifyPacked(out))[0]).toMatchObject({ file: 'index.bin', reason: expect.stringContaining('SHA-256') as string });
    const manifest = JSON.parse(readFileSync(join(out, 'manifest.json'), 'utf8')) as object;
    writeFileSync(join(out, 'manifest.json'), JSON.stringify({ ...manifest, version: 2 }));
    expect(() => loadShards(out, { split: 'train' })).toThrow('has format fovea-shards 2, expected fovea-shards 1');
  }); // prettier-ignore
});
