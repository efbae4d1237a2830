/**
 * `npm run bench:saliency`: how well and how fast each estimator finds what people marked as salient, on DUTS-TE at 224 pixels.
 *
 * --quick        60 images instead of 1000 (under 50 s)
 * --images N     so many images, evenly spaced
 * --data DIR     DUTS folder: index.csv and shards; default ../shared/data/duts beside the workspace
 * --all-measures S, weighted F, E-max, PxAP (every fourth pixel both ways) and CorLoc too, by @fovea/eval; ten times slower
 * --json FILE    rows {case, ours, peer, peerName, unit, ratio, samples}
 * --grid FILE    a PNG: image, mask and every map of eight images
 *
 * F-max: largest value, over 256 thresholds, of the mean over images of F (beta^2 = 0.3). F-adp: at 2 x mean. IoU: at Otsu's threshold.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import sharp from 'sharp';
import { workspaceRoot, writeFileAtomic } from '@fovea/files';
import { pixelAveragePrecision } from '@fovea/eval';
import { fold, key, Stream } from '@fovea/random';
import {
  estimateSaliency,
  guidedFilter,
  SALIENCY_ESTIMATORS,
  type EstimateSaliencyOptions,
  type Image,
  type SaliencyEstimator,
} from '@fovea/saliency';
import { strip, writeGrid } from './saliency-grid.ts';
import { fMax, measure, measureMore, type Row } from './saliency-measures.ts';

const { values: flags } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    images: { type: 'string' },
    data: { type: 'string' },
    json: { type: 'string' },
    grid: { type: 'string' },
    'all-measures': { type: 'boolean', default: false },
  },
});

const directory = flags.data ?? join(workspaceRoot(), '../shared/data/duts');
if (!existsSync(join(directory, 'index.csv'))) {
  console.log(
    `bench:saliency: skipped, no DUTS at ${directory}; give --data DIR with its index.csv and shards.`,
  );
} else await main();

async function main(): Promise<void> {
  const all = readIndex(directory).filter(({ split }) => split === 'test');
  const wanted = flags.images ? Number(flags.images) : flags.quick ? 60 : all.length;
  if (!(Number.isInteger(wanted) && wanted > 0))
    throw new Error(`--images must be a positive whole number, got ${flags.images}.`);
  const count = Math.min(all.length, wanted);
  const chosen = Array.from({ length: count }, (_, i) => all[Math.floor((i * all.length) / count)]);
  const shards = new Map<string, Buffer>();
  const rows = [
    ...SALIENCY_ESTIMATORS.map((estimator) => emptyRow(estimator, estimator)),
    ...(['rbd', 'mc', 'gs'] as const).map((estimator) =>
      emptyRow(`${estimator} 190 px`, estimator, { pixelsPerRegion: 190 }),
    ),
    emptyRow('rbd + guided', 'rbd', {}, true),
  ];
  const pictures: Buffer[] = [];
  const grids = new Set(Array.from({ length: 8 }, (_, i) => Math.floor(((i + 0.5) * count) / 8)));
  for (const [index, entry] of chosen.entries()) {
    const { image, mask } = await load(entry, directory, shards);
    const maps = rows.map((row) => {
      const start = process.cpuUsage();
      const raw = estimateSaliency(image, row.estimator, { ...row.options, key: fold(key(0), entry.id) });
      const map = row.refine ? guidedFilter(raw, image) : raw;
      const { user, system } = process.cpuUsage(start);
      row.milliseconds.push((user + system) / 1000);
      measure(map, mask, row);
      if (flags['all-measures']) measureMore(map, mask, row);
      return map;
    });
    if (flags.grid && grids.has(index))
      pictures.push(await strip(image, mask, maps.slice(0, SALIENCY_ESTIMATORS.length)));
    if (process.stderr.isTTY) process.stderr.write(`\r${index + 1} / ${count} images`);
  }
  if (process.stderr.isTTY) process.stderr.write('\n');
  print(rows, count);
  if (flags.grid) {
    await writeGrid(pictures, flags.grid, SALIENCY_ESTIMATORS.length + 2);
    console.log(`\n${flags.grid}: image, mask, ${SALIENCY_ESTIMATORS.join(', ')}`);
  }
  if (flags.json) writeFileAtomic(flags.json, `${JSON.stringify(jsonRows(rows, count), null, 2)}\n`);
}

function emptyRow(
  name: string,
  estimator: SaliencyEstimator,
  options: Partial<EstimateSaliencyOptions> = {},
  refine = false,
): Row {
  const sums = { adaptiveF: 0, mae: 0, iou: 0, pointing: 0, energy: 0 };
  const more = { s: 0, weightedF: 0, corLoc: 0, e: new Float64Array(256), values: [], masks: [] };
  return { name, estimator, options, refine, curves: [], sums, milliseconds: [], more };
}

/** One image of DUTS' index. */
interface Entry {
  readonly split: string;
  readonly id: string;
  readonly image: readonly [string, number, number];
  readonly mask: readonly [string, number, number];
}

function readIndex(folder: string): Entry[] {
  const [header, ...lines] = readFileSync(join(folder, 'index.csv'), 'utf8').trim().split('\n');
  const names = header.split(',');
  return lines.map((line) => {
    const cells = line.split(',');
    const cell = (name: string): string => cells[names.indexOf(name)];
    const bytes = (prefix: string) =>
      [cell(`${prefix}shard`), Number(cell(`${prefix}offset`)), Number(cell(`${prefix}length`))] as const;
    return { split: cell('split'), id: cell('id'), image: bytes(''), mask: bytes('mask_') };
  });
}

async function load(
  entry: Entry,
  folder: string,
  shards: Map<string, Buffer>,
): Promise<{ image: Image; mask: Uint8Array }> {
  const bytes = ([name, offset, length]: Entry['image']): Buffer => {
    const shard = shards.get(name) ?? readFileSync(join(folder, name));
    shards.set(name, shard);
    return shard.subarray(offset, offset + length);
  };
  const photo = await sharp(bytes(entry.image))
    .toColourspace('srgb')
    .removeAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true });
  const drawn = await sharp(bytes(entry.mask))
    .toColourspace('srgb')
    .raw()
    .toBuffer({ resolveWithObject: true });
  const { width, height } = photo.info;
  const mask = new Uint8Array(width * height);
  for (let p = 0; p < mask.length; p++) mask[p] = Number(drawn.data[p * drawn.info.channels] > 128);
  return { image: { data: photo.data, width, height, channels: photo.info.channels }, mask };
}

function print(rows: readonly Row[], count: number): void {
  console.log(
    `DUTS-TE, ${count} of 1000 images at 224 px, processor time of one core, decoding not counted\n`,
  );
  console.log('estimator      F-max  F-adp    MAE    IoU  pointing  energy  ms median  images/s');
  const everything = Uint32Array.from({ length: count }, (_, i) => i);
  for (const row of rows) {
    const mean = (sum: number): string => (sum / count).toFixed(3).padStart(7);
    const { adaptiveF, mae, iou, pointing, energy } = row.sums;
    const rate = (1000 * count) / row.milliseconds.reduce((sum, value) => sum + value, 0);
    console.log(
      `${row.name.padEnd(13)}${fMax(row.curves, everything).toFixed(3).padStart(7)}${mean(adaptiveF)}${mean(mae)}${mean(iou)}` +
        `${mean(pointing).padStart(10)}${mean(energy).padStart(8)}${median(row.milliseconds).toFixed(1).padStart(11)}${rate.toFixed(0).padStart(10)}`,
    );
  }
  if (flags['all-measures']) printMore(rows, count);
  console.log('\nexpected order in F-max (95% bootstrap interval of the difference over images):');
  const byName = new Map(rows.map((row) => [row.name, row]));
  for (const [better, worse] of [
    ['rbd', 'mc'],
    ['mc', 'gs'],
    ['gs', 'centre'],
    ['centre', 'random'],
  ]) {
    const [a, b] = [byName.get(better), byName.get(worse)];
    if (!a || !b) continue;
    const [low, middle, high] = difference(a, b, count);
    const verdict =
      low > 0 ? 'as expected' : high < 0 ? 'OUT OF ORDER' : 'no difference at this number of images';
    console.log(
      `  ${better} - ${worse}: ${middle.toFixed(3)} [${low.toFixed(3)}, ${high.toFixed(3)}]  ${verdict}`,
    );
  }
}

function printMore(rows: readonly Row[], count: number): void {
  console.log('\nestimator          S    w-F  E-max   PxAP  CorLoc');
  for (const { name, more } of rows) {
    const masks = Uint8Array.from(more.masks);
    const maps = Float32Array.from(more.values);
    const figures = [
      more.s / count,
      more.weightedF / count,
      more.e.reduce((most, value) => Math.max(most, value), 0) / count,
      pixelAveragePrecision({ maps, masks, height: 1, width: maps.length }),
      more.corLoc / count,
    ];
    console.log(name.padEnd(13) + figures.map((figure) => figure.toFixed(3).padStart(7)).join(''));
  }
}

/** Paired percentile bootstrap of a difference in F-max. */
function difference(a: Row, b: Row, count: number): [number, number, number] {
  const draw = new Stream(fold(key(0), 'bootstrap'));
  const values = Float64Array.from({ length: 400 }, () => {
    const picks = Uint32Array.from({ length: count }, () => draw.integer(0, count));
    return fMax(a.curves, picks) - fMax(b.curves, picks);
  }).sort();
  const everything = Uint32Array.from({ length: count }, (_, i) => i);
  return [values[10], fMax(a.curves, everything) - fMax(b.curves, everything), values[389]];
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];
}

/** Time against the budget of 60 ms an image; quality has no peer in this run. */
function jsonRows(rows: readonly Row[], count: number): object[] {
  const everything = Uint32Array.from({ length: count }, (_, i) => i);
  return rows.flatMap((row) => {
    const ours = median(row.milliseconds);
    const quality = { peer: null, peerName: null, ratio: null, samples: count };
    return [
      {
        case: `${row.name}: time`,
        ours,
        peer: 60,
        peerName: 'budget',
        unit: 'ms/image',
        ratio: 60 / ours,
        samples: count,
      },
      { case: `${row.name}: F-max`, ours: fMax(row.curves, everything), unit: 'F', ...quality },
      { case: `${row.name}: MAE`, ours: row.sums.mae / count, unit: 'MAE', ...quality },
    ];
  });
}
