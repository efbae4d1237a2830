/**
 * `npm run bench:eval`: evaluators against scikit-learn, NumPy and PyTorch on the same features and cores.
 *
 * --quick        10,000 x 512 train, 2,000 test features, one round (under 50 s) instead of 50,000, 10,000 and three
 * --case NAME    knn, logistic, ridge or extraction alone
 * --rounds N     so many rounds
 * --json FILE    the report: rows {case, ours, peer, peerName, unit, ratio, samples, …}; ratio > 1: we are ahead
 *
 * Rounds alternate between ours and the peer; medians are compared. Times hold everything from features to accuracy, reading files and imports left out. A run of all
 * cases writes results/benchmarks/eval.json and eval.md. PyTorch is a peer where `npm run bench:train -- --install-peers` has put it.
 */
import { resNet } from '@fovea/backbones';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import {
  featureTap,
  frozenFeatures,
  knn,
  logisticProbe,
  ridgeProbe,
  type EvalImages,
  type FeatureSplits,
  type Metric,
} from '@fovea/eval';
import { cacheDirectory } from '@fovea/files';
import { fold, key, normalArray } from '@fovea/random';
import { backendInfo, compile, ready, tf, type Tensor } from '@fovea/tensorflow';
import { evalPython } from '../parity/eval/environment.ts';
import { benchRecord, median, type BenchRecord } from './bench-record.ts';

const { values: flags } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    case: { type: 'string' },
    rounds: { type: 'string' },
    json: { type: 'string' },
  },
});
const [N, M, D, classes] = flags.quick ? [10_000, 2000, 512, 10] : [50_000, 10_000, 512, 10];
const rounds = Number(flags.rounds ?? (flags.quick ? 1 : 3));
const script = fileURLToPath(new URL('eval/peers.py', import.meta.url));
const torchPython = join(cacheDirectory(), 'bench-peers', 'bin', 'python');

interface Case {
  readonly name: string;
  readonly peers: readonly string[];
  readonly run: (splits: FeatureSplits) => AsyncIterable<Metric>;
}

const cases: Case[] = [
  {
    name: 'knn',
    peers: ['numpy', 'scikit-learn', 'torch'],
    run: (splits) => knn(splits, { k: 20, temperature: 0.07 }),
  },
  {
    name: 'logistic',
    peers: ['scikit-learn'],
    run: (splits) => logisticProbe(splits, { Cs: [1], scale: 'standardised', precision: 'float32' }),
  },
  {
    name: 'ridge',
    peers: ['scikit-learn'],
    run: (splits) => ridgeProbe(splits, { alphas: [1], scale: 'raw' }),
  },
];

/** One timing. */
interface Sample {
  readonly seconds: number;
  /** Processor time: what remains comparable when other work loads the machine. */
  readonly cpu: number;
}

const folder = mkdtempSync(join(tmpdir(), 'fovea-bench-eval-'));
try {
  await main();
} finally {
  rmSync(folder, { recursive: true, force: true });
}

async function main(): Promise<void> {
  await ready();
  const record = benchRecord({
    benchmark: 'eval',
    command: 'npm run bench:eval',
    backend: backendInfo(),
    quick: flags.quick,
    json: flags.json,
    keep: !flags.quick && flags.case === undefined,
    columns: {
      'ratio by CPU time': (row) => (row.cpuRatio as number).toFixed(2),
      'our top-1': (row) => figure(row.value),
      'peer top-1': (row) => figure(row.peerValue),
    },
  });
  const python = evalPython();
  const splits = makeSplits();
  writeFileSync(join(folder, 'shape.json'), JSON.stringify({ D, classes }));
  for (const part of ['train', 'test'] as const) {
    writeFileSync(join(folder, `${part}.f32`), splits[part].features);
  }
  const wanted = (name: string): boolean => name.includes(flags.case ?? '');
  for (const which of cases.filter(({ name }) => wanted(name))) {
    for (const peerName of which.peers) {
      const interpreter = peerName === 'torch' ? torchPython : python;
      if (peerName === 'torch' && !hasTorch()) {
        record.note('PyTorch is not installed: `npm run bench:train -- --install-peers` does so.');
        continue;
      }
      await compareWithPeer(which, peerName, interpreter, splits, record);
    }
  }
  record.machine('largest memory of our process, MiB', Math.round(process.resourceUsage().maxRSS / 1024));
  if (wanted('extraction')) await compareExtraction(record);
  record.finish();
}

async function compareWithPeer(
  { name, run }: Case,
  peerName: string,
  interpreter: string,
  splits: FeatureSplits,
  record: BenchRecord,
): Promise<void> {
  const samples = { ours: [] as Sample[], peer: [] as Sample[] };
  const values = { ours: NaN, peer: NaN };
  for (let round = 0; round < rounds; round++) {
    samples.ours.push(
      await timed(async () => {
        for await (const { value } of run(splits)) values.ours = value;
      }),
    );
    const answer = execFileSync(interpreter, [script, folder, name, peerName], { encoding: 'utf8' });
    const found = JSON.parse(answer) as Sample & { value: number; version: string };
    samples.peer.push({ seconds: found.seconds, cpu: found.cpu });
    values.peer = found.value;
    record.peer(peerName, found.version);
  }
  const [ours, peer] = [middle(samples.ours, 'seconds'), middle(samples.peer, 'seconds')];
  record.add({
    case: `${name} ${N}x${D}, ${M} queries`,
    ours,
    peer,
    peerName,
    unit: 's',
    ratio: peer / ours,
    target: 1,
    cpuRatio: middle(samples.peer, 'cpu') / middle(samples.ours, 'cpu'),
    value: values.ours,
    peerValue: values.peer,
    samples,
  });
}

/** What feature extraction adds to the bare compiled forward pass of the same network on the same batches. */
async function compareExtraction(record: BenchRecord): Promise<void> {
  const backbone = resNet({ depth: 18, width: 16, stem: 'cifar' }, key(0));
  const [images, batch] = [flags.quick ? 5000 : 10_000, 250];
  const pixels = normalArray(key(1), batch * 32 * 32 * 3);
  const source: EvalImages = {
    labels: new Int32Array(images),
    digest: 'noise',
    plain: (rows) => ({ data: pixels.subarray(0, rows.length * 3072), shape: [rows.length, 32, 32, 3] }),
    augmented: () => ({ data: pixels, shape: [batch, 32, 32, 3] }),
  };
  const bare = compile((x: Tensor) => backbone.forward(x, 'eval'), { name: 'bare forward' });
  const runBare = (): Promise<void> => {
    for (let start = 0; start < images; start += batch) {
      const images = tf.tensor4d(pixels, [batch, 32, 32, 3]);
      const features = bare(images);
      features.dataSync(); // not inside of a tidy, which looks at every number that it returns
      tf.dispose([images, features]);
    }
    return Promise.resolve();
  };
  const tap = featureTap(backbone, 'features');
  await runBare(); // the recording
  const samples = { ours: [] as Sample[], recorded: [] as Sample[], peer: [] as Sample[] };
  let first = 0;
  for (let round = 0; round < rounds; round++) {
    let [start, before] = [performance.now(), process.cpuUsage()];
    let recorded = 0;
    const onProgress = ({ done }: { done: number }): void => {
      if (done < images && recorded === 0) {
        [start, before, first] = [performance.now(), process.cpuUsage(), done];
      } else if (done === images) {
        samples.recorded.push(sampleSince(start, before));
      }
      recorded = done;
    };
    samples.ours.push(
      await timed(async () => {
        await frozenFeatures(tap, source, { batch, onProgress });
      }),
    );
    samples.peer.push(await timed(runBare));
  }
  const rows = { 'with its recording': images, 'once recorded': images - first };
  for (const [name, count] of Object.entries(rows)) {
    const own = count === images ? samples.ours : samples.recorded;
    const [ours, peer] = [count / middle(own, 'seconds'), images / middle(samples.peer, 'seconds')];
    record.add({
      case: `extraction ResNet-18 width 16, ${images} images, ${name}`,
      ours,
      peer,
      peerName: 'bare compiled forward',
      unit: 'images/s',
      ratio: ours / peer,
      cpuRatio: (middle(samples.peer, 'cpu') / middle(own, 'cpu')) * (count / images),
      samples: { ours: own, peer: samples.peer },
    });
  }
  record.note(
    'Extraction records its graph at every call, which the bare forward pass has behind it; `once recorded` leaves the first block of images out.',
  );
  bare.dispose();
  backbone.parameters.dispose();
}

async function timed(run: () => Promise<void>): Promise<Sample> {
  const [start, before] = [performance.now(), process.cpuUsage()];
  await run();
  return sampleSince(start, before);
}

function sampleSince(start: number, before: NodeJS.CpuUsage): Sample {
  const { user, system } = process.cpuUsage(before);
  return { seconds: (performance.now() - start) / 1000, cpu: (user + system) / 1e6 };
}

function middle(samples: readonly Sample[], by: keyof Sample): number {
  return median(samples.map((sample) => sample[by]));
}

function hasTorch(): boolean {
  if (!existsSync(torchPython)) return false;
  try {
    execFileSync(torchPython, ['-c', 'import torch, numpy'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

function figure(value: unknown): string {
  return typeof value === 'number' ? `${value.toFixed(2)} %` : '';
}

/** Gaussian classes that overlap, shifted off the origin like features after a ReLU. */
function makeSplits(): FeatureSplits {
  const means = normalArray(fold(key(0), 'means'), classes * D, 0.5, 0.12);
  const sample = (part: string, count: number): FeatureSplits['train'] => {
    const features = normalArray(fold(key(0), part), count * D);
    const labels = Int32Array.from({ length: count }, (_, row) => row % classes);
    for (let at = 0; at < features.length; at++)
      features[at] += means[labels[Math.floor(at / D)] * D + (at % D)];
    return { features, labels };
  };
  return { train: sample('train', N), test: sample('test', M), classes };
}
