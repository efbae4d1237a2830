/**
 * `npm run bench:saliency`: how well and how fast each estimator finds what people marked as salient.
 *
 * --quick        32 images of DUTS and 8 of each other set (under 50 s)
 * --images N     at most so many images of a set, evenly spaced
 * --set NAMES    of duts, coco (every object counts as salient), emoji (generated scenes) and caltech (no masks: times only); default all
 * --data DIR     folder of the data sets; default ../shared/data beside the workspace
 * --only NAMES   only these rows, by name; separated by semicolons
 * --slow N       images that S and E-max are taken of, default 100
 * --weights FILE a further learned row: what `npx fovea saliency train` wrote; may be given several times
 * --json FILE    rows {case, ours, peer, peerName, unit, ratio, samples}, with the tables
 * --record       the same into results/benchmarks/saliency.json, and the tables into saliency.md beside it
 * --grid FILE    a PNG: image, mask and every map of eight images of the first set
 *
 * F-max: largest value, over 256 thresholds, of the mean over images of F (beta^2 = 0.3). F-adp: at 2 x mean. IoU: at Otsu's threshold. S and
 * E-max: of --slow images. PxAP: every fourth pixel both ways. CorLoc: box of the largest piece at Otsu's threshold, IoU >= 0.5.
 * Times are processor time, decoding not counted; the networks' times are of both cores together.
 */
import { existsSync } from 'node:fs';
import { loadavg } from 'node:os';
import { basename, join } from 'node:path';
import { parseArgs } from 'node:util';
import { workspaceRoot, writeFileAtomic } from '@fovea/files';
import { fold, key, Stream } from '@fovea/random';
import {
  estimateSaliency,
  guidedFilter,
  learnedSaliency,
  SALIENCY_ESTIMATORS,
  type EstimateSaliencyOptions,
  type SaliencyEstimator,
} from '@fovea/saliency';
import { strip, writeGrid } from './saliency-grid.ts';
import {
  emptyRow,
  figuresOf,
  fMax,
  measure,
  measureSlowly,
  type Maker,
  type Row,
} from './saliency-measures.ts';
import { markdown, printTable, type SetTable } from './saliency-tables.ts';
import { emojiSet, shardedSet, type SaliencySet } from './saliency-sets.ts';

const FOLDERS = { duts: 'duts', coco: 'coco-scenes', caltech: 'caltech101-96' } as const;
const SETS = ['duts', 'coco', 'emoji', 'caltech'] as const;

const { values: flags } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    images: { type: 'string' },
    data: { type: 'string', default: join(workspaceRoot(), '../shared/data') },
    json: { type: 'string' },
    record: { type: 'boolean', default: false },
    grid: { type: 'string' },
    set: { type: 'string', default: SETS.join(',') },
    only: { type: 'string' },
    slow: { type: 'string', default: '100' },
    weights: { type: 'string', multiple: true, default: [] },
  },
});

await main();

async function main(): Promise<void> {
  const names = flags.set.split(',') as (typeof SETS)[number][];
  const odd = names.find((name) => !SETS.includes(name));
  if (odd !== undefined) throw new Error(`--set must be of ${SETS.join(', ')}, got ${odd}.`);
  const makers = makersOf();
  const tables: SetTable[] = [];
  for (const name of names) {
    const folder = name === 'emoji' ? '' : join(flags.data, FOLDERS[name]);
    const set = name === 'emoji' ? await emojiSet() : shardedSet(folder);
    if (!set) console.log(`bench:saliency: ${name} skipped, no index.csv at ${folder}.`);
    else tables.push(await runSet(name, set, makers, tables.length === 0 ? flags.grid : undefined));
  }
  const record = {
    benchmark: 'saliency',
    node: process.version,
    load: loadavg(),
    tables,
    rows: tables.flatMap(jsonRows),
  };
  const text = `${JSON.stringify(record, null, 2)}\n`;
  if (flags.json) writeFileAtomic(flags.json, text);
  if (flags.record) {
    const folder = join(workspaceRoot(), 'results/benchmarks');
    writeFileAtomic(join(folder, 'saliency.json'), text);
    writeFileAtomic(join(folder, 'saliency.md'), markdown(tables));
    console.log(`\nrecorded in ${join('results', 'benchmarks', 'saliency.json')}`);
  }
}

function makersOf(): Maker[] {
  const estimator = (
    name: string,
    which: SaliencyEstimator,
    options: Partial<EstimateSaliencyOptions> = {},
  ): Maker => ({
    name,
    map: (image, id) => estimateSaliency(image, which, { ...options, key: fold(key(0), id) }),
  });
  const learned = (name: string, weights?: string): Maker => {
    const { map } = learnedSaliency(weights === undefined ? {} : { weights });
    return { name, map };
  };
  const makers: Maker[] = [
    ...SALIENCY_ESTIMATORS.map((name) => estimator(name, name)),
    estimator('rbd, 190 px', 'rbd', { pixelsPerRegion: 190 }),
    { name: 'rbd, guided', map: (image) => guidedFilter(estimateSaliency(image, 'rbd'), image) },
    learned('learned'),
    ...flags.weights.map((file) => {
      if (!existsSync(file)) throw new Error(`--weights: ${file} does not exist.`);
      return learned(basename(file, '.safetensors'), file);
    }),
  ];
  const only = flags.only?.split(';');
  const odd = only?.find((name) => !makers.some((maker) => maker.name === name));
  if (odd !== undefined)
    throw new Error(`--only: no row ${odd}; there are ${makers.map(({ name }) => name).join('; ')}.`);
  return only ? makers.filter(({ name }) => only.includes(name)) : makers;
}

async function runSet(
  name: string,
  set: SaliencySet,
  makers: readonly Maker[],
  grid: string | undefined,
): Promise<SetTable> {
  const wanted = flags.images ? Number(flags.images) : flags.quick ? (name === 'duts' ? 32 : 8) : set.length;
  if (!(Number.isInteger(wanted) && wanted > 0))
    throw new Error(`--images must be a positive whole number, got ${flags.images}.`);
  const count = Math.min(set.length, wanted);
  const every = Math.ceil(count / Number(flags.slow));
  const rows = makers.map((maker) => emptyRow(maker));
  const pictures: Buffer[] = [];
  const shown = new Set(Array.from({ length: 8 }, (_, i) => Math.floor(((i + 0.5) * count) / 8)));
  for (let index = 0; index < count; index++) {
    const { id, image, mask } = await set.load(Math.floor((index * set.length) / count));
    if (index === 0) for (const { maker } of rows) maker.map(image, id); // graphs and caches are made outside of the times
    const maps = rows.map((row) => {
      const start = process.cpuUsage();
      const map = row.maker.map(image, id);
      const { user, system } = process.cpuUsage(start);
      row.milliseconds.push((user + system) / 1000);
      if (mask) measure(map, mask, row);
      if (mask && index % every === 0) measureSlowly(map, mask, row);
      return map;
    });
    if (grid && mask && shown.has(index)) pictures.push(await strip(image, mask, maps));
    if (process.stderr.isTTY) process.stderr.write(`\r${name}: ${index + 1} / ${count} images`);
  }
  if (process.stderr.isTTY) process.stderr.write('\n');
  const lines = rows.map((row) => ({ name: row.maker.name, figures: figuresOf(row) }));
  const order = name === 'duts' ? orderOf(rows) : [];
  const table = { set: name, title: set.title, images: count, of: set.length, lines, order };
  printTable(table);
  if (grid && pictures.length > 0) {
    await writeGrid(pictures, grid, makers.length + 2);
    console.log(`\n${grid}: image, mask, ${makers.map((maker) => maker.name).join('; ')}`);
  }
  return table;
}

/** The literature's order on DUTS in F-max, with a paired percentile bootstrap over images. */
function orderOf(rows: readonly Row[]): string[] {
  const byName = new Map(rows.map((row) => [row.maker.name, row]));
  return [
    ['rbd', 'mc'],
    ['mc', 'gs'],
    ['gs', 'centre'],
    ['centre', 'random'],
    ['learned', 'rbd'],
  ].flatMap(([better, worse]) => {
    const [a, b] = [byName.get(better), byName.get(worse)];
    if (!a || !b) return [];
    const [low, middle, high] = difference(a, b);
    const verdict = low > 0 ? 'ahead' : high < 0 ? 'behind' : 'no difference at this number of images';
    return [`${better} - ${worse}: ${middle.toFixed(3)} [${low.toFixed(3)}, ${high.toFixed(3)}]  ${verdict}`];
  });
}

function difference(a: Row, b: Row): [number, number, number] {
  const count = a.curves.length;
  const draw = new Stream(fold(key(0), 'bootstrap'));
  const values = Float64Array.from({ length: 400 }, () => {
    const picks = Uint32Array.from({ length: count }, () => draw.integer(0, count));
    return fMax(a.curves, picks) - fMax(b.curves, picks);
  }).sort();
  const everything = Uint32Array.from({ length: count }, (_, i) => i);
  return [values[10], fMax(a.curves, everything) - fMax(b.curves, everything), values[389]];
}

/** Time against the budget of 60 ms an image; quality has its peers in `npm run parity:saliency`. */
function jsonRows({ set, images, lines }: SetTable): object[] {
  return lines.flatMap(({ name, figures }) =>
    Object.entries(figures).flatMap(([measure, ours]: [string, number | null]) => {
      if (ours === null || measure === 'images/s') return [];
      const isTime = measure === 'ms/image';
      const peer = isTime ? 60 : null;
      return [
        {
          case: `${set}: ${name}: ${isTime ? 'time' : measure}`,
          ours,
          peer,
          peerName: isTime ? 'budget' : null,
          unit: measure,
          ratio: peer === null ? null : peer / ours,
          samples: images,
        },
      ];
    }),
  );
}
