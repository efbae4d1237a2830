/**
 * `npm run bench:train`: images a second of training steps, compiled, against the same steps in other hands.
 *
 * --quick           the first cases, few steps, within 50 s on a quiet machine
 * --case TEXT       cases whose name contains it
 * --blocks N        blocks of steps for everyone, alternating; default 4
 * --resume          keeps the cases that a run of all cases had done when it was stopped
 * --profile         prints where the time of our steps goes instead, by TensorFlow's own timeline (needs the peers)
 * --waiting         prints the share of the time that training waits for its input instead
 * --json FILE       the report: rows {case, ours, peer, peerName, unit, ratio, samples, …}
 * --install-peers   makes the Python environment of PyTorch and TensorFlow (several gigabytes), and ends
 *
 * A run of all cases writes results/benchmarks/train.json and train.md.
 */
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { cacheDirectory, writeFileAtomic } from '@fovea/files';
import { benchRecord, median, type BenchRow } from './bench-record.ts';
import { cases, operations, type TrainCase } from './train/cases.ts';
import { profile } from './train/profile.ts';
import {
  installedPeers,
  installPeers,
  startRunner,
  type Runner,
  type RunnerKind,
  type StepTime,
} from './train/runner.ts';
import { waiting } from './train/waiting.ts';

const QUICK_S = 30; // no case starts later, so that --quick stays under 50 s
const PEER_NAMES = {
  stock: 'stock tfjs-node',
  torch: 'PyTorch channels-last',
  tensorflow: 'TensorFlow tf.function',
} as const;

type Peer = keyof typeof PEER_NAMES;

/** Cases of a run that has not ended yet. */
const PARTIAL = join(cacheDirectory(), 'bench-train-partial.json');

/** What was measured of one case. */
interface Measured {
  readonly name: string;
  readonly rows: BenchRow[];
  readonly notes: string[];
  readonly peers: Record<string, string>;
}

interface Timing {
  readonly runner: Runner;
  readonly times: StepTime[];
  peak: number;
}

const { values: options } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    json: { type: 'string' },
    'install-peers': { type: 'boolean', default: false },
    case: { type: 'string' },
    blocks: { type: 'string', default: '4' },
    resume: { type: 'boolean', default: false },
    profile: { type: 'boolean', default: false },
    waiting: { type: 'boolean', default: false },
  },
});

const wanted = cases.filter(({ name }) => name.includes(options.case ?? ''));
if (options['install-peers']) installPeers();
else if (options.profile) for (const which of wanted) await profile(which);
else if (options.waiting) await waiting();
else await main();

async function main(): Promise<void> {
  const { quick } = options;
  const start = performance.now();
  const keep = !quick && options.case === undefined;
  const matmul = await startRunner('matmul', null);
  const { version, threads, gflops = NaN } = matmul.ready;
  matmul.close();
  const record = benchRecord({
    benchmark: 'train',
    command: 'npm run bench:train',
    backend: { name: 'tensorflow', version, threads },
    quick,
    json: options.json,
    keep,
    columns: {
      'ratio by CPU time': (row) => (row.cpuRatio as number).toFixed(2),
      'our peak MiB': (row) => mebibytes((row.memory as { ours: number }).ours),
      'peer peak MiB': (row) => mebibytes((row.memory as { peer: number }).peer),
    },
  });
  record.machine('matmul GFLOP/s a core', Math.round(gflops * 10) / 10);
  const installed = installedPeers();
  if (installed.length < 2) {
    record.note('Not every Python peer is installed: `npm run bench:train -- --install-peers` does so.');
  }
  const done = keep && options.resume && existsSync(PARTIAL) ? readPartial() : [];
  for (const which of wanted) {
    if (quick && performance.now() - start > QUICK_S * 1000) break;
    let one = done.find(({ name }) => name === which.name);
    if (one === undefined) {
      one = { name: which.name, rows: [], notes: [], peers: {} };
      await measure(which, installed, one, gflops);
      done.push(one);
      if (keep) writeFileAtomic(PARTIAL, JSON.stringify(done));
    }
    for (const row of one.rows) record.add(row);
    for (const note of one.notes) record.note(note);
    for (const [name, version] of Object.entries(one.peers)) record.peer(name, version);
  }
  record.finish();
  if (keep) rmSync(PARTIAL, { force: true });
}

function readPartial(): Measured[] {
  const done = JSON.parse(readFileSync(PARTIAL, 'utf8')) as Measured[];
  console.log(`${done.length} cases are kept from the run before.`);
  return done;
}

/** Alternates blocks of steps between us and every peer, so that all meet the same load, and compares medians. */
async function measure(
  which: TrainCase,
  installed: readonly Peer[],
  into: Measured,
  gflops: number,
): Promise<void> {
  const hasStock = which.network === 'resnet18' && which.method === 'supervised';
  const peers: Peer[] = [...installed, ...(hasStock ? ['stock' as const] : [])];
  const timings = new Map<RunnerKind, Timing>();
  try {
    for (const kind of ['ours', ...peers] as const) {
      timings.set(kind, { runner: await startRunner(kind, which), times: [], peak: 0 });
    }
    for (let block = 0; block < (options.quick ? 2 : Number(options.blocks)); block++) {
      for (const timing of timings.values()) {
        const { times, peak } = await timing.runner.run(options.quick ? 2 : 3);
        timing.times.push(...times);
        timing.peak = peak;
      }
    }
  } finally {
    for (const { runner } of timings.values()) runner.close();
  }
  const ours = timings.get('ours') as Timing; // started first
  for (const kind of peers) addRow(which, kind, ours, timings.get(kind) as Timing, into);
  if (hasStock) noteShare(which, ours, gflops, into);
}

function addRow(which: TrainCase, kind: Peer, ours: Timing, peer: Timing, into: Measured): void {
  const rate = ({ times }: Timing): number => which.batch / median(times.map(({ wall }) => wall));
  const cpu = ({ times }: Timing): number => median(times.map(({ cpu }) => cpu));
  const row = {
    case: which.name,
    ours: rate(ours),
    peer: rate(peer),
    peerName: PEER_NAMES[kind],
    unit: 'images/s',
    ratio: rate(ours) / rate(peer),
    target: targetOf(which, kind),
    cpuRatio: cpu(peer) / cpu(ours),
    peerThreads: peer.runner.ready.threads,
    memory: {
      ours: ours.peak,
      oursLibraries: ours.runner.ready.base,
      peer: peer.peak,
      peerLibraries: peer.runner.ready.base,
    },
    samples: { ours: ours.times, peer: peer.times },
  };
  into.peers[PEER_NAMES[kind]] = peer.runner.ready.version;
  into.rows.push(row);
  console.log(
    `${row.case}: ${row.ours.toFixed(0)} images/s, ${row.peerName} ${row.peer.toFixed(0)}, ratio ${row.ratio.toFixed(2)} ` +
      `by the clock, ${row.cpuRatio.toFixed(2)} by processor time; peak ${mebibytes(ours.peak)} and ${mebibytes(peer.peak)} MiB`,
  );
}

function targetOf({ network, width }: TrainCase, kind: Peer): number {
  if (kind === 'stock') return width === 16 ? 4 : 1;
  if (kind === 'tensorflow') return 0.9;
  return network === 'resnet18' && width === 16 ? 1.3 : 1;
}

/** How near a supervised step comes to the rate of one large matrix product, both by processor time. */
function noteShare(which: TrainCase, { times }: Timing, gflops: number, into: Measured): void {
  const rate = operations(which) / 1e9 / median(times.map(({ cpu }) => cpu));
  const share = `${((100 * rate) / gflops).toFixed(0)} %`;
  into.notes.push(
    `${which.name}: ${rate.toFixed(1)} GFLOP/s a core in convolutions and classifier, ${share} of the matrix product's ` +
      `${gflops.toFixed(1)}${which.width === 64 ? ' (target 70 %)' : ''}.`,
  );
}

function mebibytes(bytes: number): string {
  return (bytes / 2 ** 20).toFixed(0);
}
