/**
 * `npm run bench:kernel`: the kernel against tslab, Deno and ipykernel, through Jupyter's own Python client.
 *
 * --quick        one round with fewer cells (under 50 s)
 * --rounds N     so many rounds instead of five
 * --behaviour    only what each kernel does right, no times
 * --only NAME    only these kernels beside ours: tslab, deno, python3
 * --json FILE    rows {case, ours, peer, peerName, unit, ratio, samples}; ratio > 1: we are ahead
 *                a full run against all three writes results/benchmarks/kernel.json and kernel.md as well
 * --install      installs Deno from the package registry into the cache, and ends
 *
 * First each kernel is asked what it does right: a table of yes and no (not with --quick). Then the times.
 * A round starts every kernel, runs blocks of cells in turn, and compares medians over all rounds. Types are checked in our kernel and in
 * tslab; Deno and Python check none. Memory is that of the kernel and its processes after the one-line cells.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { benchRecord, type BenchRow } from './bench-record.ts';
import { behaviourTable, probe, type Behaved } from './kernel/behaviour.ts';
import { Client } from './kernel/client.ts';
import { installPeers, kernels, writeKernelSpecs, type Peer } from './kernel/peers.ts';

const { values: flags } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    rounds: { type: 'string' },
    behaviour: { type: 'boolean', default: false },
    only: { type: 'string', multiple: true },
    json: { type: 'string' },
    install: { type: 'boolean', default: false },
  },
});

/** Ratios that are aimed at. */
const TARGETS: Readonly<Record<string, number>> = {
  'ready python3': 1,
  'ready tslab': 1.67,
  'oneLine python3': 1,
  'importing tslab': 2,
  'memory tslab': 1,
};

/** Where the notebook lies: a folder from which tfjs and danfojs can be imported. */
const folder = fileURLToPath(new URL('../../experiments', import.meta.url));
const rounds = Number(flags.rounds ?? (flags.quick ? 2 : 5));
const blocks = flags.quick ? 3 : 6;
const cellsPerBlock = 10;

/** What one kernel took in all rounds. */
interface Samples {
  readonly ready: number[];
  readonly firstCell: number[];
  readonly oneLine: number[];
  readonly memory: number[];
  readonly importing: number[];
  readonly importingAgain: number[];
}

const measures: readonly (readonly [keyof Samples, string, string])[] = [
  ['ready', 'start to ready', 'ms'],
  ['firstCell', 'first cell', 'ms'],
  ['oneLine', 'one-line cell', 'ms'],
  ['importing', 'cell importing tfjs and danfojs', 'ms'],
  ['importingAgain', 'the same cell again', 'ms'],
  ['memory', 'idle memory', 'MiB'],
];

if (flags.install) installPeers();
else await main();

async function main(): Promise<void> {
  const python = fileURLToPath(new URL('../../.fovea/venv/bin/python', import.meta.url));
  const all = kernels(python).filter(({ name }) => name === 'fovea' || (flags.only?.includes(name) ?? true));
  const scratch = mkdtempSync(join(tmpdir(), 'fovea-bench-kernel-'));
  writeKernelSpecs(scratch, all);
  const client = new Client(python, scratch);
  const samples = new Map(all.map(({ name }) => [name, emptySamples()]));
  console.log(
    `Node ${process.version}, ${availableParallelism()} cores, load ${loadavg()[0].toFixed(1)}, ${rounds} rounds`,
  );
  if (!flags.only && !all.some(({ name }) => name === 'deno'))
    console.log('Deno is not installed; "--install" does so.');
  const behaved = new Map<string, Behaved>();
  try {
    if (!flags.quick) {
      for (const peer of all) behaved.set(peer.title, await probe(client, peer, folder));
      console.log(behaviourTable(behaved));
    }
    if (flags.behaviour) return;
    for (let round = 0; round < rounds; round++) await run(client, all, samples);
  } finally {
    client.close();
    rmSync(scratch, { recursive: true, force: true });
  }
  report(all, samples, behaved);
}

async function run(
  client: Client,
  all: readonly Peer[],
  samples: ReadonlyMap<string, Samples>,
): Promise<void> {
  const alive: Peer[] = [];
  const of = ({ name }: Peer): Samples => samples.get(name) ?? emptySamples();
  for (const peer of all) {
    const started = await client.start(peer.name, folder);
    if ('error' in started) console.log(`${peer.title} does not start: ${started.error}`);
    else {
      of(peer).ready.push(started.seconds * 1000);
      alive.push(peer);
    }
  }
  for (const peer of alive) of(peer).firstCell.push(...(await client.cells(peer.name, ['1 + 1'])).ms);
  for (let block = 0; block < blocks; block++) {
    for (const peer of alive) {
      const codes = Array.from({ length: cellsPerBlock }, (_, i) => oneLine(peer, block * cellsPerBlock + i));
      const { ms, failed } = await client.cells(peer.name, codes);
      if (failed) console.log(`${peer.title} fails at a one-line cell: ${failed}`);
      of(peer).oneLine.push(...ms);
    }
  }
  await new Promise((resolve) => setTimeout(resolve, 1000)); // the kernels come to rest
  for (const peer of alive) of(peer).memory.push(await client.memory(peer.name));
  for (const peer of alive) {
    if (peer.language !== 'typescript') continue;
    const [first, again] = [importing(peer), `${importing(peer)}\n`];
    const { ms, failed } = await client.cells(peer.name, [first]);
    if (failed) console.log(`${peer.title} cannot import tfjs and danfojs: ${failed.split('\n')[0]}`);
    else {
      of(peer).importing.push(...ms);
      of(peer).importingAgain.push(...(await client.cells(peer.name, Array(5).fill(again))).ms);
    }
  }
  for (const peer of alive) await client.stop(peer.name);
}

function oneLine({ language }: Peer, i: number): string {
  return language === 'python' ? `v${i} = ${i}; v${i} + 1` : `const v${i} = ${i}; v${i} + 1`;
}

function importing({ name }: Peer): string {
  const prefix = name === 'deno' ? 'npm:' : '';
  return `import * as tf from '${prefix}@tensorflow/tfjs-node-gpu'; import * as dfd from '${prefix}danfojs-node'; [tf.version_core, new dfd.DataFrame([[1, 2]]).shape];`;
}

function emptySamples(): Samples {
  return { ready: [], firstCell: [], oneLine: [], memory: [], importing: [], importingAgain: [] };
}

function report(
  all: readonly Peer[],
  samples: ReadonlyMap<string, Samples>,
  behaved: ReadonlyMap<string, Behaved>,
): void {
  const record = benchRecord({
    benchmark: 'kernel',
    command: 'npm run bench:kernel',
    backend: { name: 'none', version: '-', threads: availableParallelism() },
    quick: flags.quick,
    json: flags.json,
    keep: !flags.quick && flags.only === undefined && all.length === 4,
  });
  const mine = samples.get('fovea') ?? emptySamples();
  for (const [key, title, unit] of measures) {
    for (const { name, title: peerName } of all) {
      const peer = samples.get(name)?.[key] ?? [];
      if (name === 'fovea' || peer.length === 0) continue;
      const target = TARGETS[`${key} ${name}`];
      record.add({ ...row(title, mine[key], peer, peerName, unit, 0.5), ...(target ? { target } : {}) });
      if (key === 'oneLine')
        record.add(row(`${title}, 95th percentile`, mine[key], peer, peerName, unit, 0.95));
    }
  }
  for (const [text, holds] of targets(samples)) record.note(`${holds ? 'Holds' : 'Missed'}: ${text}.`);
  for (const [title, answers] of behaved) {
    const asked = [...answers].filter(([, holds]) => holds !== undefined);
    const wrong = asked.filter(([, holds]) => !holds).map(([name]) => name);
    const list = wrong.length > 0 ? `; not: ${wrong.join(', ')}` : '';
    record.note(`Behaviour of ${title}: ${asked.length - wrong.length} of ${asked.length}${list}.`);
  }
  record.note('Types are checked in Fovea and in tslab; Deno and Python check none.');
  record.finish();
}

function row(
  title: string,
  ours: number[],
  peer: number[],
  peerName: string,
  unit: string,
  at: number,
): BenchRow {
  const [a, b] = [quantile(ours, at), quantile(peer, at)];
  return { case: title, ours: a, peer: b, peerName, unit, ratio: b / a, samples: { ours, peer } };
}

/** What the kernel is meant to reach, with whether it did in this run. */
function targets(samples: ReadonlyMap<string, Samples>): [string, boolean][] {
  const of = (name: string, key: keyof Samples, at = 0.5): number =>
    quantile(samples.get(name)?.[key] ?? [], at);
  const oneLine = of('fovea', 'oneLine');
  const all: [string, number, number][] = [
    ['ready no later than ipykernel', of('fovea', 'ready'), of('python3', 'ready')],
    ["ready in 0.6 of tslab's time", of('fovea', 'ready'), 0.6 * of('tslab', 'ready')],
    ['one-line cell no slower than ipykernel', oneLine, of('python3', 'oneLine')],
    ['95th percentile within 3 medians', of('fovea', 'oneLine', 0.95), 3 * oneLine],
    ["first import in half of tslab's time", of('fovea', 'importing'), 0.5 * of('tslab', 'importing')],
    ['later imports within 5 one-line cells', of('fovea', 'importingAgain'), 5 * oneLine],
    ["idle memory below tslab's", of('fovea', 'memory'), of('tslab', 'memory')],
  ];
  return all
    .filter(([, ours, limit]) => !Number.isNaN(ours) && !Number.isNaN(limit))
    .map(([text, ours, limit]) => [`${text}: ${ours.toFixed(1)}, limit ${limit.toFixed(1)}`, ours <= limit]);
}

function quantile(values: readonly number[], at: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * at))] ?? NaN;
}
