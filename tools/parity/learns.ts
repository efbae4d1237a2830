/**
 * `npm run learns`: trains every method of the registry for about a minute on CIFAR-10 and asks whether its features are better than those of the
 * network before its first step, and whether its embeddings have collapsed.
 *
 * --methods a,b   only these
 * --seed N        (default 0)
 * --quick         three epochs of 256 images, kept nowhere: whether everything runs
 * --table         only the table of what there is
 *
 * Every run is a file in results/learns; what is there with the present preset is not run again, so a stopped command goes on. Exits with 1 when a method
 * that was asked for does not learn.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { loadCifar10 } from '@fovea/data';
import { writeFileAtomic } from '@fovea/files';
import { METHODS } from '@fovea/methods';
import { backendInfo, ready } from '@fovea/tensorflow';
import { DATA, presetDigest, PRESETS } from './learns/presets.ts';
import { readRecord, RECORDS, table, verdictOf, writeRecord } from './learns/records.ts';
import { runLearns } from './learns/run.ts';

const { values: flags } = parseArgs({
  options: {
    methods: { type: 'string', default: [...METHODS.keys()].join() },
    seed: { type: 'string', default: '0' },
    quick: { type: 'boolean', default: false },
    table: { type: 'boolean', default: false },
  },
});
const methods = flags.methods.split(',');
const seed = Number(flags.seed);
const unknown = methods.find((name) => !METHODS.has(name) || !(name in PRESETS));
if (unknown !== undefined)
  throw new Error(`learns: '${unknown}' is no method of the registry with a preset.`);
const folder = flags.quick ? mkdtempSync(join(tmpdir(), 'fovea-learns-')) : RECORDS;
try {
  if (!flags.table) await runAll();
  const { text, missing } = table(folder, seed);
  if (!flags.quick) {
    console.log(`\n${text}`);
    if (seed === 0) writeFileAtomic(join(folder, 'learns.md'), `Printed by \`npm run learns\`.\n\n${text}\n`);
    process.exitCode = methods.some((name) => missing.includes(name)) ? 1 : 0;
  }
} finally {
  if (flags.quick) rmSync(folder, { recursive: true, force: true });
}

async function runAll(): Promise<void> {
  await ready();
  const [trainImages, testImages] = flags.quick ? [256, 200] : [DATA.trainImages, DATA.testImages];
  const train = await loadCifar10({ split: 'train', limit: trainImages });
  const test = await loadCifar10({ split: 'test', limit: testImages });
  const { name: backend, version } = backendInfo();
  for (const method of methods) {
    if (readRecord(folder, method, seed) !== undefined) continue;
    console.error(method);
    const preset = PRESETS[method];
    const own = flags.quick ? { ...preset, epochs: 3 } : preset;
    const outcome = await runLearns(method, own, seed, { train, test }, (line) => {
      console.error(line);
    });
    const versions = `Node ${process.version}, ${backend} ${version}`;
    const verdict = verdictOf(outcome);
    writeRecord(folder, {
      method,
      seed,
      preset: presetDigest(preset),
      verdict,
      ...rounded(outcome),
      versions,
    });
    const { untrained, trained, seconds } = outcome;
    console.error(
      `  kNN ${untrained.toFixed(1)} -> ${trained.toFixed(1)} %, ${verdict}, ${seconds.toFixed(0)} s of training`,
    );
  }
}

/** Figures with as many digits as mean something. */
function rounded<T extends object>(outcome: T): T {
  return JSON.parse(
    JSON.stringify(outcome, (_, value: unknown) =>
      typeof value === 'number' ? Number(value.toPrecision(6)) : value,
    ),
  ) as T;
}
