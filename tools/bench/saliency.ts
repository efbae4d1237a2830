/**
 * `npm run bench:saliency`: how well and how fast each estimator finds what people marked as salient.
 *
 * --quick        60 images instead of all (under 50 s)
 * --images N     so many images, evenly spaced
 * --set NAME     duts (default), coco (scenes with masks; every object counts) or emoji (generated scenes)
 * --data DIR     folder with index.csv and shards; default ../shared/data/duts or coco-scenes beside the workspace
 * --all-measures S, weighted F, E-max, PxAP (every fourth pixel both ways) and CorLoc too, by @fovea/eval; ten times slower
 * --json FILE    rows {case, ours, peer, peerName, unit, ratio, samples}
 * --grid FILE    a PNG: image, mask and every map of eight images
 *
 * F-max: largest value, over 256 thresholds, of the mean over images of F (beta^2 = 0.3). F-adp: at 2 x mean. IoU: at Otsu's threshold.
 */
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { workspaceRoot, writeFileAtomic } from '@fovea/files';
import { pixelAveragePrecision } from '@fovea/eval';
import { fold, key, Stream } from '@fovea/random';
import {
  estimateSaliency,
  guidedFilter,
  SALIENCY_ESTIMATORS,
  type EstimateSaliencyOptions,
  type SaliencyEstimator,
} from '@fovea/saliency';
import { strip, writeGrid } from './saliency-grid.ts';
import { emojiSet, shardedSet, type SaliencySet } from './saliency-sets.ts';
import { fMax, measure, measureMore, type Row } from './saliency-measures.ts';

const { values: flags } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    images: { type: 'string' },
    data: { type: 'string' },
    json: { type: 'string' },
    grid: { type: 'string' },
    set: { type: 'string', default: 'duts' },
    'all-measures': { type: 'boolean', default: false },
  },
});

const folder =
  flags.data ?? join(workspaceRoot(), '../shared/data', flags.set === 'coco' ? 'coco-scenes' : 'duts');
if (!['duts', 'coco', 'emoji'].includes(flags.set)) {
  throw new Error(`--set must be duts, coco or emoji, got ${flags.set}.`);
}
const set = flags.set === 'emoji' ? await emojiSet() : shardedSet(folder);
if (!set)
  console.log(`bench:saliency: skipped, no index.csv at ${folder}; give --data DIR with it and its shards.`);
else await main(set);

async function main(set: SaliencySet): Promise<void> {
  const wanted = flags.images ? Number(flags.images) : flags.quick ? 60 : set.length;
  if (!(Number.isInteger(wanted) && wanted > 0))
    throw new Error(`--images must be a positive whole number, got ${flags.images}.`);
  const count = Math.min(set.length, wanted);
  const rows = [
    ...SALIENCY_ESTIMATORS.map((estimator) => emptyRow(estimator, estimator)),
    ...(['rbd', 'mc', 'gs'] as const).map((estimator) =>
      emptyRow(`${estimator} 190 px`, estimator, { pixelsPerRegion: 190 }),
    ),
    emptyRow('rbd + guided', 'rbd', {}, true),
  ];
  const pictures: Buffer[] = [];
  const grids = new Set(Array.from({ length: 8 }, (_, i) => Math.floor(((i + 0.5) * count) / 8)));
  for (let index = 0; index < count; index++) {
    const { id, image, mask } = await set.load(Math.floor((index * set.length) / count));
    const maps = rows.map((row) => {
      const start = process.cpuUsage();
      const raw = estimateSaliency(image, row.estimator, { ...row.options, key: fold(key(0), id) });
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
  print(rows, count, set);
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

function print(rows: readonly Row[], count: number, { title, length }: SaliencySet): void {
  console.log(`${title}, ${count} of ${length} images, processor time of one core, decoding not counted\n`);
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
  console.log(
    "\nthe literature's order on DUTS, in F-max (95% bootstrap interval of the difference over images):",
  );
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
