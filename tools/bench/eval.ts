/**
 * `npm run bench:eval`: evaluators against scikit-learn and NumPy on the same features and cores.
 *
 * --quick        10,000 x 512 train, 2,000 test features, one round (under 50 s) instead of 50,000, 10,000 and three
 * --case NAME    knn, logistic or ridge alone
 * --rounds N     so many rounds
 * --json FILE    rows {case, ours, peer, peerName, unit, ratio, samples}; ratio > 1: we are ahead
 *
 * Rounds alternate between ours and the peer; medians are compared. Times hold everything from features to accuracy, reading files left out.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { knn, logisticProbe, ridgeProbe, type FeatureSplits, type Metric } from '@fovea/eval';
import { writeFileAtomic } from '@fovea/files';
import { fold, key, normalArray } from '@fovea/random';
import { backendInfo } from '@fovea/tensorflow';
import { peerPython } from '../parity/eval/environment.ts';

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

interface Case {
  readonly name: string;
  readonly peers: readonly string[];
  readonly run: (splits: FeatureSplits) => AsyncIterable<Metric>;
}

const cases: Case[] = [
  {
    name: 'knn',
    peers: ['numpy', 'scikit-learn'],
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

const folder = mkdtempSync(join(tmpdir(), 'fovea-bench-eval-'));
try {
  await main();
} finally {
  rmSync(folder, { recursive: true, force: true });
}

async function main(): Promise<void> {
  const python = peerPython();
  const splits = makeSplits();
  writeFileSync(join(folder, 'shape.json'), JSON.stringify({ D, classes }));
  for (const part of ['train', 'test'] as const) {
    writeFileSync(join(folder, `${part}.f32`), splits[part].features);
  }
  console.log(
    `${N} x ${D} train, ${M} test; TensorFlow ${backendInfo().version}, ${availableParallelism()} cores, load ${loadavg()[0].toFixed(1)}`,
  );
  const rows = [];
  for (const { name, peers, run } of cases.filter((which) => which.name.includes(flags.case ?? ''))) {
    for (const peerName of peers) {
      const samples = { ours: [] as number[], peer: [] as number[] };
      const values = { ours: NaN, peer: NaN };
      for (let round = 0; round < rounds; round++) {
        const start = performance.now();
        for await (const { value } of run(splits)) values.ours = value;
        samples.ours.push((performance.now() - start) / 1000);
        const answer = execFileSync(python, [script, folder, name, peerName], { encoding: 'utf8' });
        const { seconds, value } = JSON.parse(answer) as { seconds: number; value: number };
        samples.peer.push(seconds);
        values.peer = value;
      }
      const [ours, peer] = [median(samples.ours), median(samples.peer)];
      console.log(
        `${name} against ${peerName}: ${ours.toFixed(2)} s, peer ${peer.toFixed(2)} s, ratio ${(peer / ours).toFixed(2)}; ` +
          `accuracy ${values.ours.toFixed(2)} %, peer ${values.peer.toFixed(2)} %`,
      );
      rows.push({
        case: `${name} ${N}x${D}, ${M} queries`,
        ours,
        peer,
        peerName,
        unit: 's',
        ratio: peer / ours,
        samples,
      });
    }
  }
  const memory = process.resourceUsage().maxRSS / 1024;
  console.log(`largest memory of our process: ${memory.toFixed(0)} MiB`);
  const record = {
    benchmark: 'eval',
    load: loadavg(),
    backend: backendInfo(),
    node: process.version,
    memory,
    rows,
  };
  if (flags.json) writeFileAtomic(flags.json, `${JSON.stringify(record, null, 2)}\n`);
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

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];
}
