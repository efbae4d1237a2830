/**
 * `npm run parity`: trains SimCLR, BAM, BYOL and MoCo v2 here and with PyTorch + lightly on the same CIFAR-10 images, same recipe, width and epochs,
 * 3 seeds each, every pair from the same first weights, judges both sides' features with the same kNN and compares the means.
 *
 * --methods a,b   some of simclr, bam, byol, moco-v2 (default all)
 * --seeds 0,1     (default 0,1,2)
 * --sides a,b     some of untrained, fovea, pytorch, pytorch-own, where PyTorch draws its first weights itself (default the first three)
 * --quick         two epochs of 512 images and one seed, into a folder that is thrown away: whether everything runs
 * --table         only the table of what there is
 *
 * Every run is a file in results/parity; what is there with the present recipe is not run again, so a stopped comparison goes on. The first call
 * makes the Python environment in the cache (PyTorch: several gigabytes). Exits with 1 unless every method agrees within 1.5 points.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { loadCifar10, type ImageSet } from '@fovea/data';
import { accuracy, knnClassify } from '@fovea/eval';
import { writeFileAtomic } from '@fovea/files';
import { backendInfo, ready } from '@fovea/tensorflow';
import { learnerOf, startOf, trainOurs, type ParityData, type RunOutcome } from './methods/ours.ts';
import { trainPeer } from './methods/peer.ts';
import { PARITY_METHODS, SCALE } from './methods/recipes.ts';
import { readRecord, recipeOf, RECORDS, table, writeRecord, type Side } from './methods/records.ts';

const { values: flags } = parseArgs({
  options: {
    methods: { type: 'string', default: Object.keys(PARITY_METHODS).join() },
    seeds: { type: 'string', default: '0,1,2' },
    sides: { type: 'string', default: 'untrained,fovea,pytorch' },
    quick: { type: 'boolean', default: false },
    table: { type: 'boolean', default: false },
  },
});
const methods = flags.methods.split(',');
const seeds = flags.quick ? [0] : flags.seeds.split(',').map(Number);
const sides = flags.sides.split(',') as Side[];
const unknown = methods.find((name) => !(name in PARITY_METHODS));
if (unknown !== undefined)
  throw new Error(`parity: no method '${unknown}'; there are ${Object.keys(PARITY_METHODS).join(', ')}.`);

const scale = flags.quick
  ? ({ ...SCALE, epochs: 2, trainImages: 512, testImages: 500 } as unknown as typeof SCALE)
  : SCALE;
const exchange = mkdtempSync(join(tmpdir(), 'fovea-parity-'));
const folder = flags.quick ? exchange : RECORDS;
try {
  if (!flags.table) await runAll();
  const { text, agrees } = table(folder, methods, seeds);
  console.log(`\nkNN top-1 (k 20, T 0.07), %, mean ± sd over seeds\n\n${text}`);
  if (!flags.quick) {
    const all = table(folder, Object.keys(PARITY_METHODS), [0, 1, 2]).text;
    writeFileAtomic(join(folder, 'table.md'), `Printed by \`npm run parity\`.\n\n${all}\n`);
    process.exitCode = agrees ? 0 : 1;
  }
} finally {
  rmSync(exchange, { recursive: true, force: true });
}

async function runAll(): Promise<void> {
  await ready();
  const train = await loadCifar10({ split: 'train', limit: scale.trainImages });
  const test = await loadCifar10({ split: 'test', limit: scale.testImages });
  for (const seed of seeds) {
    for (const name of methods) {
      for (const side of sides) {
        if (readRecord(folder, name, side, seed) !== undefined) continue;
        console.error(`${name}, ${side}, seed ${seed}`);
        const outcome = await runOne(name, side, seed, { train, test });
        const record = {
          method: name,
          side,
          seed,
          recipe: recipeOf(name),
          knn: knnOf(outcome, train, test),
          losses: epochMeans(outcome.losses),
          seconds: Math.round(outcome.seconds),
          versions: versions(side),
        };
        writeRecord(folder, record);
        console.error(`  kNN ${record.knn.toFixed(2)} % after ${record.seconds} s of training`);
      }
    }
  }
}

function runOne(name: string, side: Side, seed: number, data: ParityData): RunOutcome | Promise<RunOutcome> {
  const method = PARITY_METHODS[name];
  if (side === 'pytorch-own') return trainPeer(name, method, scale, seed, data, exchange);
  if (side === 'pytorch') {
    const learner = learnerOf(method, seed);
    const start = startOf(learner);
    learner.dispose();
    return trainPeer(name, method, scale, seed, data, exchange, start);
  }
  const own = side === 'untrained' ? ({ ...scale, epochs: 0 } as unknown as typeof SCALE) : scale;
  return trainOurs(method, own, seed, data);
}

function knnOf({ train, test }: RunOutcome, trainSet: ImageSet, testSet: ImageSet): number {
  const bank = { features: train, labels: trainSet.labels };
  const { predictions } = knnClassify(bank, test, testSet.classes.length, scale.knn);
  return Math.round(1e4 * accuracy(predictions, testSet.labels)) / 100;
}

function epochMeans(losses: readonly number[]): number[] {
  const steps = Math.floor(scale.trainImages / scale.batch);
  return Array.from({ length: losses.length / steps }, (_, epoch) => {
    const own = losses.slice(epoch * steps, (epoch + 1) * steps);
    return Math.round((1e5 * own.reduce((sum, loss) => sum + loss, 0)) / steps) / 1e5;
  });
}

function versions(side: Side): string {
  const { name, version } = backendInfo();
  return side.startsWith('pytorch')
    ? 'PyTorch, torchvision, lightly 1.6.0'
    : `Node ${process.version}, ${name} ${version}`;
}
