/**
 * `npm run bench:saliency`: how well and how fast each estimator finds what people marked as salient, on DUTS-TE at 224 pixels.
 *
 * --quick        60 images instead of 1000 (under 50 s)
 * --images N     so many images, evenly spaced
 * --data DIR     DUTS folder: index.csv and shards; default ../shared/data/duts beside the workspace
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
import { fold, key, Stream } from '@fovea/random';
import {
  binarise,
  estimateSaliency,
  guidedFilter,
  SALIENCY_ESTIMATORS,
  type EstimateSaliencyOptions,
  type Image,
  type SaliencyEstimator,
  type SaliencyMap,
} from '@fovea/saliency';

const { values: flags } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    images: { type: 'string' },
    data: { type: 'string' },
    json: { type: 'string' },
    grid: { type: 'string' },
  },
});

/** Side of a picture in the grid. */
const TILE = 112;

/** One line of the table. */
interface Row {
  readonly name: string;
  readonly estimator: SaliencyEstimator;
  readonly options: Partial<EstimateSaliencyOptions>;
  readonly refine: boolean;
  readonly curves: Float32Array[]; // one [256] F curve an image
  readonly sums: { adaptiveF: number; mae: number; iou: number; pointing: number; energy: number };
  readonly milliseconds: number[];
}

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
      return map;
    });
    if (flags.grid && grids.has(index))
      pictures.push(await strip(image, mask, maps.slice(0, SALIENCY_ESTIMATORS.length)));
    if (process.stderr.isTTY) process.stderr.write(`\r${index + 1} / ${count} images`);
  }
  if (process.stderr.isTTY) process.stderr.write('\n');
  print(rows, count);
  if (flags.grid) await writeGrid(pictures, flags.grid);
  if (flags.json) writeFileAtomic(flags.json, JSON.stringify(jsonRows(rows, count), null, 2) + '\n');
}

function emptyRow(
  name: string,
  estimator: SaliencyEstimator,
  options: Partial<EstimateSaliencyOptions> = {},
  refine = false,
): Row {
  const sums = { adaptiveF: 0, mae: 0, iou: 0, pointing: 0, energy: 0 };
  return { name, estimator, options, refine, curves: [], sums, milliseconds: [] };
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

/** Adds one image's figures to its row. */
function measure(map: SaliencyMap, mask: Uint8Array, row: Row): void {
  const hits = new Float64Array(256);
  const misses = new Float64Array(256);
  let [positives, error, mass, inside, peak] = [0, 0, 0, 0, 0];
  for (let p = 0; p < mask.length; p++) {
    const value = map.data[p];
    const level = Math.min(255, Math.floor(255 * value));
    if (mask[p]) {
      positives++;
      hits[level]++;
      inside += value;
    } else misses[level]++;
    mass += value;
    error += Math.abs(value - mask[p]);
    if (value > map.data[peak]) peak = p;
  }
  const curve = new Float32Array(256);
  for (let level = 255, found = 0, wrong = 0; level >= 0; level--) {
    found += hits[level];
    wrong += misses[level];
    curve[level] = fMeasure(found, wrong, positives);
  }
  row.curves.push(curve);
  row.sums.mae += error / mask.length;
  row.sums.pointing += mask[peak];
  row.sums.energy += mass > 0 ? inside / mass : 0;
  const adaptive = overlap(binarise(map, { kind: 'adaptive' }).data, mask);
  row.sums.adaptiveF += fMeasure(adaptive.found, adaptive.wrong, positives);
  const otsu = overlap(binarise(map, { kind: 'otsu' }).data, mask);
  row.sums.iou += otsu.found / Math.max(1, otsu.wrong + positives);
}

function overlap(ours: Uint8Array, mask: Uint8Array): { found: number; wrong: number } {
  let [found, wrong] = [0, 0];
  for (let p = 0; p < mask.length; p++) {
    if (ours[p] && mask[p]) found++;
    else if (ours[p]) wrong++;
  }
  return { found, wrong };
}

function fMeasure(found: number, wrong: number, positives: number): number {
  if (found === 0) return 0;
  const precision = found / (found + wrong);
  const recall = found / positives;
  return (1.3 * precision * recall) / (0.3 * precision + recall);
}

/** Largest value of the mean of some images' curves. */
function fMax(curves: readonly Float32Array[], picks: ArrayLike<number>): number {
  const sum = new Float64Array(256);
  for (let i = 0; i < picks.length; i++) {
    const curve = curves[picks[i]];
    for (let level = 0; level < 256; level++) sum[level] += curve[level];
  }
  return sum.reduce((most, value) => Math.max(most, value), 0) / picks.length;
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

/** Image, mask and maps side by side. */
async function strip(image: Image, mask: Uint8Array, maps: readonly SaliencyMap[]): Promise<Buffer> {
  const { width, height } = image;
  const grey = (values: ArrayLike<number>, scale: number) =>
    tile(Buffer.from(Uint8Array.from(values, (value) => Math.round(value * scale))), width, height, 1);
  const tiles = [
    await tile(Buffer.from(image.data), width, height, image.channels),
    await grey(mask, 255),
    ...(await Promise.all(maps.map((map) => grey(map.data, 255)))),
  ];
  return join2d(tiles, TILE, TILE, true);
}

function tile(data: Buffer, width: number, height: number, channels: number): Promise<Buffer> {
  const raw = { width, height, channels: channels as 1 | 3 };
  return sharp(data, { raw })
    .toColourspace('srgb')
    .resize(TILE, TILE, { fit: 'contain', background: '#444' })
    .png()
    .toBuffer();
}

async function writeGrid(strips: readonly Buffer[], path: string): Promise<void> {
  writeFileAtomic(path, await join2d(strips, TILE * (SALIENCY_ESTIMATORS.length + 2), TILE, false));
  console.log(`\n${path}: image, mask, ${SALIENCY_ESTIMATORS.join(', ')}`);
}

function join2d(tiles: readonly Buffer[], width: number, height: number, across: boolean): Promise<Buffer> {
  const size = across ? { width: width * tiles.length, height } : { width, height: height * tiles.length };
  return sharp({ create: { ...size, channels: 3, background: '#444' } })
    .composite(
      tiles.map((input, i) => ({ input, left: across ? i * width : 0, top: across ? 0 : i * height })),
    )
    .png()
    .toBuffer();
}
