/**
 * `npm run bench:train`: images a second of a training step, compiled, against the same step in other hands.
 *
 * --quick           the first case only, few steps (under 50 s)
 * --case TEXT       cases whose name contains it
 * --json FILE       rows {case, ours, peer, peerName, unit, ratio, cpuRatio, samples}
 * --install NAME    installs a peer (torch: several gigabytes; tensorflow) into an environment of its own, and ends
 */
import { availableParallelism, loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { backendInfo } from '@fovea/tensorflow';
import { writeFileAtomic } from '@fovea/files';
import { cases, type TrainCase } from './train/cases.ts';
import { ours, type Runner, type StepTime } from './train/ours.ts';
import { installPeers, installedPeers, peer, type PeerLibrary } from './train/peers.ts';
import { stock } from './train/stock.ts';

/** One comparison; ratio > 1 means that we are ahead. */
interface Row {
  case: string;
  ours: number;
  peer: number;
  peerName: string;
  unit: 'images/s';
  ratio: number;
  /** The ratio by processor time instead of the clock: what remains of it when other processes load the machine. */
  cpuRatio: number;
  /** Each step, ours and the peer's, in alternating blocks. */
  samples: { ours: StepTime[]; peer: StepTime[] };
}

const QUICK_ROW_MS = 7000; // keeps --quick under 50 s

const { values: options } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    json: { type: 'string' },
    install: { type: 'string', multiple: true },
    case: { type: 'string' },
  },
});

if (options.install) installPeers(options.install as PeerLibrary[]);
else await main();

async function main(): Promise<void> {
  const { quick } = options;
  const wanted = cases
    .filter(({ name }) => name.includes(options.case ?? ''))
    .slice(0, quick ? 1 : undefined);
  const rows: Row[] = [];
  console.log(
    `TensorFlow ${backendInfo().version}, ${availableParallelism()} cores, load ${loadavg()[0].toFixed(1)}`,
  );
  const available = installedPeers();
  for (const which of wanted) {
    const makers: (() => Runner)[] = [
      () => stock(which),
      () => ours(which, false),
      ...available.map((library) => () => peer(library, which)),
    ];
    for (const make of makers) rows.push(await compare(which, make, quick));
  }
  if (!available.includes('torch')) {
    console.log('PyTorch is not installed for comparison; "--install torch" does so (several gigabytes).');
  }
  const record = { benchmark: 'train', load: loadavg(), backend: backendInfo(), node: process.version, rows };
  if (options.json) writeFileAtomic(options.json, `${JSON.stringify(record, null, 2)}\n`);
}

/** Alternates blocks of steps of the two, so that both meet the same load, and compares the medians. */
async function compare(which: TrainCase, make: () => Runner, quick: boolean): Promise<Row> {
  const [mine, other] = [ours(which, true), make()];
  const samples: Row['samples'] = { ours: [], peer: [] };
  try {
    for (const runner of [mine, other]) await runner.run(quick ? 2 : 3); // recording, caches, threads
    const start = performance.now();
    for (let block = 0; block < (quick ? 3 : 6); block++) {
      if (block > 0 && quick && performance.now() - start > QUICK_ROW_MS) break; // a loaded machine
      samples.ours.push(...(await mine.run(3)));
      samples.peer.push(...(await other.run(3)));
    }
  } finally {
    mine.close();
    other.close();
  }
  const [rate, peerRate] = [samples.ours, samples.peer].map((times) => which.batch / median(times, 'wall'));
  const row: Row = {
    case: which.name,
    ours: rate,
    peer: peerRate,
    peerName: other.name,
    unit: 'images/s',
    ratio: rate / peerRate,
    cpuRatio: median(samples.peer, 'cpu') / median(samples.ours, 'cpu'),
    samples,
  };
  console.log(
    `${row.case}: ${rate.toFixed(0)} images/s, ${row.peerName} ${peerRate.toFixed(0)}, ` +
      `ratio ${row.ratio.toFixed(2)} by the clock, ${row.cpuRatio.toFixed(2)} by processor time`,
  );
  return row;
}

function median(times: readonly StepTime[], by: keyof StepTime): number {
  const values = times.map((time) => time[by]).sort((a, b) => a - b);
  return values[Math.floor(values.length / 2)];
}
