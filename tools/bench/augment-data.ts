/**
 * `npm run bench:data`: images a second in random order from shards of pixels, against shards of files, tar with index.csv and an image folder, which are all decoded; and
 * views a second of the loader over pixels in files against images in memory and against decoding on the way. All sets hold the same images.
 *
 * --quick        fewer images, short rounds (under 50 s)
 * --json FILE    rows {case, ours, peer, peerName, unit, ratio, samples}; ratio > 1: pixels are ahead
 *
 * Files are in the memory of the system after the first round: what is compared is reading and decoding, not the disk.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type LoadableImages, openViewSource, type StreamableImages } from '@fovea/augment';
import {
  encodeJpeg,
  loadImageFolder,
  loadPacked,
  loadShards,
  packImages,
  packShards,
  type StreamedSet,
} from '@fovea/data';
import { fold, key, permutation } from '@fovea/random';
import { backendInfo } from '@fovea/tensorflow';
import { pictures, RECIPE_CASES } from './augment/cases.ts';
import { type BenchRecord, benchRecord, median } from './bench-record.ts';

const { values: flags } = parseArgs({
  options: { quick: { type: 'boolean', default: false }, json: { type: 'string' } },
});
const [rounds, seconds, count, side] = flags.quick ? [3, 0.5, 128, 256] : [7, 1, 512, 256];
const LANES = 4; // reads that are asked for at a time, as the loader asks

const folder = mkdtempSync(join(tmpdir(), 'fovea-bench-data-'));
try {
  const record = benchRecord({
    benchmark: 'data',
    command: 'npm run bench:data',
    backend: backendInfo(),
    quick: flags.quick,
    json: flags.json,
    keep: !flags.quick,
  });
  await main(record);
  record.finish();
} finally {
  rmSync(folder, { recursive: true, force: true });
}

async function main(record: BenchRecord): Promise<void> {
  const source = pictures({ ...RECIPE_CASES[0], height: side, width: side, images: 32 });
  mkdirSync(join(folder, 'files'));
  const files = await Promise.all(
    Array.from({ length: count }, async (_, index) => {
      const name = `${index}.jpg`;
      writeFileSync(join(folder, 'files', name), await encodeJpeg(source.image(index % 32), 90));
      return { name, path: join(folder, 'files', name), label: -1, split: 'train' };
    }),
  );
  const about = { name: 'bench', classes: [], licence: 'none', citation: 'none' };
  await packImages(files, join(folder, 'tar'), about);
  await packShards(files, join(folder, 'encoded'), about);
  const packing = performance.now();
  const { shards } = await packShards(files, join(folder, 'pixels'), { ...about, pixels: { height: side, width: side } });
  record.note(`Packing pixels: ${((count * 1000) / (performance.now() - packing)).toFixed(0)} images/s; ${(shards[0].bytes / count / 1000).toFixed(0)} kB an image.`);
  const pixels = loadShards(join(folder, 'pixels'), { split: 'train' });
  const tar = loadPacked(join(folder, 'tar'), { split: 'train' });
  const name = `${side} px JPEG of ${count} images`;

  await compare(record, name, 'images/s', ['pixels in shards', (time) => inBatches(pixels, time)], [
    ['pixels in shards, one by one', (time) => oneByOne(pixels, time)],
    ['files in shards, decoded', (time) => oneByOne(loadShards(join(folder, 'encoded'), { split: 'train' }), time)],
    ['files in tar, decoded', (time) => oneByOne(tar, time)],
    ['image folder, decoded', (time) => oneByOne(loadImageFolder(join(folder, 'files'), { name, split: 'train' }), time)],
  ]); // prettier-ignore

  const memory = { images: pixels.batch(Array.from({ length: count }, (_, at) => at)), length: count, height: side, width: side, channels: 3 };
  const loaders = [pixels, memory, tar].map((images: StreamableImages | LoadableImages) => loader(images));
  await compare(record, 'loader, SimCLR 224, 2 views', 'views/s', ['pixels in shards', loaders[0].rate], [
    ['images in memory', loaders[1].rate],
    ['files in tar, decoded on the way', loaders[2].rate],
  ]); // prettier-ignore
  for (const { close } of loaders) await close();
  pixels.close();
  record.note(`${availableParallelism()} cores; decoders use all of them, reading pixels one thread.`);
} // prettier-ignore

type Measure = (seconds: number) => Promise<number>;

/** Medians of rates that are measured in turns. */
async function compare(
  record: BenchRecord,
  name: string,
  unit: string,
  [mine, first]: readonly [string, Measure],
  rivals: readonly (readonly [string, Measure])[],
): Promise<void> {
  const all = [[mine, first] as const, ...rivals];
  const samples = all.map((): number[] => []);
  for (const [, measure] of all) await measure(0.3); // warm
  for (let round = 0; round < rounds; round++)
    for (const [place, [, measure]] of all.entries()) samples[place].push(await measure(seconds));
  const ours = median(samples[0]);
  rivals.forEach(([peerName], at) => {
    const peer = median(samples[at + 1]);
    const row = { case: `${name}, ${mine}`, ours, peer, peerName, unit, ratio: ours / peer };
    record.add({ ...row, samples: { ours: samples[0], peer: samples[at + 1] } });
  });
}

/** Images a second of a set, a few asked for at a time, in random order. */
async function oneByOne(set: StreamedSet, time: number): Promise<number> {
  const order = permutation(fold(key(0), 'order'), set.length);
  const started = performance.now();
  let done = 0;
  const lane = async (from: number): Promise<void> => {
    for (let at = from; performance.now() - started < time * 1000; at += LANES, done++)
      await set.image(order[at % set.length]);
  };
  await Promise.all(Array.from({ length: LANES }, (_, from) => lane(from)));
  return (done * 1000) / (performance.now() - started);
}

/** Images a second of a set of pixels, 64 at a time into the same memory. */
async function inBatches(set: ReturnType<typeof loadShards>, time: number): Promise<number> {
  const order = permutation(fold(key(0), 'order'), set.length);
  const out = new Uint8Array(64 * side * side * 3);
  const started = performance.now();
  let done = 0;
  for (; performance.now() - started < time * 1000; done += 64) {
    set.batch(
      Array.from({ length: 64 }, (_, row) => order[(done + row) % set.length]),
      out,
    );
  }
  return Promise.resolve((done * 1000) / (performance.now() - started));
}

/** The loader with one thread. */
function loader(images: StreamableImages | LoadableImages): { rate: Measure; close: () => Promise<void> } {
  const { recipe: view } = RECIPE_CASES[0];
  const recipe = { name: 'SimCLR', source: 'bench', views: [view, view] };
  const source = openViewSource({ images, recipe, batch: 32, key: key(0), workers: 1, prefetch: 1 });
  let asked = 0;
  const next = async (): Promise<void> => {
    const at = asked++;
    await source.batch(Math.floor(at / source.stepsPerEpoch), at % source.stepsPerEpoch);
  };
  return {
    rate: async (time) => {
      for (let ahead = 0; ahead < 2; ahead++) await next(); // what was rendered between two measurements
      const started = performance.now();
      let batches = 0;
      for (; performance.now() - started < time * 1000; batches++) await next();
      const elapsed = performance.now() - started;
      await new Promise((resolve) => setTimeout(resolve, (2 * elapsed) / batches)); // one batch is on its way
      return (batches * 64 * 1000) / elapsed;
    },
    close: () => source.close(),
  };
}
