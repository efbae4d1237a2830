/**
 * `npm run bench:train`: images a second of training steps, compiled, against the same steps in other hands.
 *
 * --quick           the first cases, few steps, within 50 s on a quiet machine
 * --case TEXT       cases whose name contains it
 * --blocks N        blocks of steps for everyone, alternating; default 4
 * --json FILE       the report: rows {case, ours, peer, peerName, unit, ratio, samples, …}
 * --install-peers   makes the Python environment of PyTorch and TensorFlow (several gigabytes), and ends
 *
 * A run of all cases writes results/benchmarks/train.json and train.md.
 */
import { parseArgs } from 'node:util';
import { benchRecord, median, type BenchRecord } from './bench-record.ts';
import { cases, operations, type TrainCase } from './train/cases.ts';
import {
  installedPeers,
  installPeers,
  startRunner,
  type Runner,
  type RunnerKind,
  type StepTime,
} from './train/runner.ts';

const QUICK_S = 30; // no case starts later, so that --quick stays under 50 s
const PEER_NAMES = {
  stock: 'stock tfjs-node',
  torch: 'PyTorch channels-last',
  tensorflow: 'TensorFlow tf.function',
} as const;

type Peer = keyof typeof PEER_NAMES;

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
  },
});

if (options['install-peers']) installPeers();
else await main();

async function main(): Promise<void> {
  const { quick } = options;
  const start = performance.now();
  const wanted = cases.filter(({ name }) => name.includes(options.case ?? ''));
  const matmul = await startRunner('matmul', null);
  const { version, threads, gflops = NaN } = matmul.ready;
  matmul.close();
  const record = benchRecord({
    benchmark: 'train',
    command: 'npm run bench:train',
    backend: { name: 'tensorflow', version, threads },
    quick,
    json: options.json,
    keep: !quick && options.case === undefined,
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
  for (const which of wanted) {
    if (quick && performance.now() - start > QUICK_S * 1000) break;
    await measure(which, installed, record, gflops);
  }
  record.finish();
}

/** Alternates blocks of steps between us and every peer, so that all meet the same load, and compares medians. */
async function measure(
  which: TrainCase,
  installed: readonly Peer[],
  record: BenchRecord,
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
  for (const kind of peers) addRow(which, kind, ours, timings.get(kind) as Timing, record);
  if (hasStock) noteShare(which, ours, gflops, record);
}

function addRow(which: TrainCase, kind: Peer, ours: Timing, peer: Timing, record: BenchRecord): void {
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
  record.peer(PEER_NAMES[kind], peer.runner.ready.version);
  record.add(row);
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
function noteShare(which: TrainCase, { times }: Timing, gflops: number, record: BenchRecord): void {
  const rate = operations(which) / 1e9 / median(times.map(({ cpu }) => cpu));
  const share = `${((100 * rate) / gflops).toFixed(0)} %`;
  record.note(
    `${which.name}: ${rate.toFixed(1)} GFLOP/s a core in convolutions and classifier, ${share} of the matrix product's ` +
      `${gflops.toFixed(1)}${which.width === 64 ? ' (target 70 %)' : ''}.`,
  );
}

function mebibytes(bytes: number): string {
  return (bytes / 2 ** 20).toFixed(0);
}
