/**
 * `npm run bench:saliency-peers`: our estimators beside the same methods of OpenCV and pyimgsaliency, on the same images.
 *
 * --images N          so many images of DUTS-TE, evenly spaced, default 60 (with pyimgsaliency about 6 s each); --quick: 6
 * --pyimgsaliency DIR a clone of github.com/yhenon/pyimgsaliency (it is in no registry); without it only OpenCV is compared
 * --only NAMES        only these peers, separated by commas
 * --data DIR          folder of the packed DUTS; default ../shared/data/duts beside the workspace
 * --json FILE         rows {case, ours, peer, peerName, unit, ratio, samples}
 * --record            the same into results/benchmarks/saliency-peers.json
 *
 * The first call makes a Python environment with OpenCV, scikit-image and networkx in the cache. F-max is compared (agreement: within 0.02),
 * and processor time. Maps of peers are scaled to [0, 1] each, as ours are.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { encodePng } from '@fovea/data';
import { workspaceRoot, writeFileAtomic } from '@fovea/files';
import { estimateSaliency, type Image, type SaliencyMap } from '@fovea/saliency';
import { peerPython } from '../peer-python.ts';
import { emptyRow, figuresOf, measure, median, type Row } from './saliency-measures.ts';
import { ftAsPeer, rbdAsPeer } from './saliency-peers-variants.ts';
import { shardedSet, type SaliencySet } from './saliency-sets.ts';

const { values: flags } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    images: { type: 'string' },
    only: { type: 'string', default: '' },
    pyimgsaliency: { type: 'string' },
    data: { type: 'string', default: join(workspaceRoot(), '../shared/data/duts') },
    json: { type: 'string' },
    record: { type: 'boolean', default: false },
  },
});

/** Ours beside each peer; null: a method that we do not have. */
const PAIRS: readonly { peer: string; name: string; ours: ((image: Image) => SaliencyMap) | null }[] = [
  { peer: 'opencv-sr', name: 'sr', ours: (image) => estimateSaliency(image, 'sr') },
  { peer: 'opencv-fine-grained', name: 'none', ours: null },
  { peer: 'pyimgsaliency-rbd', name: 'rbd', ours: (image) => estimateSaliency(image, 'rbd') },
  { peer: 'pyimgsaliency-rbd', name: "rbd with the peer's choices", ours: rbdAsPeer },
  { peer: 'pyimgsaliency-ft', name: 'ft', ours: (image) => estimateSaliency(image, 'ft') },
  { peer: 'pyimgsaliency-ft', name: "ft with the peer's mean, of RGB", ours: ftAsPeer },
  { peer: 'pyimgsaliency-mbd', name: 'mbd', ours: (image) => estimateSaliency(image, 'mbd') },
];

const set = shardedSet(flags.data);
if (!set) console.log(`bench:saliency-peers: skipped, no index.csv at ${flags.data}.`);
else await main(set);

async function main(set: SaliencySet): Promise<void> {
  const count = Math.min(set.length, Number(flags.images ?? (flags.quick ? 6 : 60)));
  const folder = mkdtempSync(join(tmpdir(), 'fovea-saliency-peers-'));
  try {
    const images: { image: Image; mask: Uint8Array }[] = [];
    for (let n = 0; n < count; n++) {
      const { image, mask } = await set.load(Math.floor((n * set.length) / count));
      if (!mask) throw new Error(`bench:saliency-peers: ${flags.data} has no masks.`);
      images.push({ image, mask });
      writeFileSync(
        join(folder, `${n}.png`),
        await encodePng({ ...image, data: Uint8Array.from(image.data) }),
      );
    }
    const script = fileURLToPath(new URL('saliency-peers.py', import.meta.url));
    execFileSync(python(), [script, folder, flags.pyimgsaliency ?? '', flags.only], {
      stdio: ['ignore', 'inherit', 'inherit'],
    });
    report(images, folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function report(images: readonly { image: Image; mask: Uint8Array }[], folder: string): void {
  const { seconds, failures } = JSON.parse(readFileSync(join(folder, 'times.json'), 'utf8')) as {
    seconds: Record<string, number[]>;
    failures: Record<string, string[]>;
  };
  console.log(`DUTS-TE at 224 px, ${images.length} images\n`);
  console.log(`${'ours'.padEnd(42)}${'peer'.padEnd(22)}   F-max    peer  differ    ms   peer ms`);
  const rows: object[] = [];
  for (const { peer, name, ours } of PAIRS) {
    if (!seconds[peer]) continue;
    const [own, other] = [emptyRow(makerOf(name)), emptyRow(makerOf(peer))];
    images.forEach(({ image, mask }, n) => {
      const file = join(folder, `${peer}-${n}.f32`);
      if (!existsSync(file)) return; // both are measured on the images that the peer can do
      const { width, height } = image;
      measure(
        { data: new Float32Array(new Uint8Array(readFileSync(file)).buffer), width, height },
        mask,
        other,
      );
      if (ours) timed(own, image, mask, ours);
    });
    const [a, b] = [own, other].map((row) => (row.curves.length > 0 ? fMaxOf(row) : null));
    const [ms, peerMs] = [own.milliseconds, seconds[peer].map((value) => 1000 * value)].map((list) =>
      list.length > 0 ? median(list) : null,
    );
    const text = (value: number | null, digits: number): string => value?.toFixed(digits) ?? '-';
    const gap = a === null || b === null ? null : a - b;
    console.log(
      name.padEnd(42) + peer.padEnd(22) + text(a, 3).padStart(8) + text(b, 3).padStart(8) + text(gap, 3).padStart(8) +
        text(ms, 1).padStart(6) + text(peerMs, 1).padStart(10) +
        (gap !== null && Math.abs(gap) <= 0.02 ? '  agrees' : ''),
    ); // prettier-ignore
    const shared = { peerName: peer, samples: other.curves.length };
    rows.push({
      case: `${name}: F-max`,
      ours: a,
      peer: b,
      unit: 'F',
      ratio: a !== null && b ? a / b : null,
      ...shared,
    });
    if (ms !== null && peerMs !== null)
      rows.push({
        case: `${name}: time`,
        ours: ms,
        peer: peerMs,
        unit: 'ms/image',
        ratio: peerMs / ms,
        ...shared,
      });
    for (const failure of failures[peer]) console.log(`  ${peer} fails on image ${failure}`);
  }
  const text = `${JSON.stringify({ benchmark: 'saliency-peers', node: process.version, load: loadavg(), rows }, null, 2)}\n`;
  if (flags.json) writeFileAtomic(flags.json, text);
  if (flags.record) writeFileAtomic(join(workspaceRoot(), 'results/benchmarks/saliency-peers.json'), text);
}

function makerOf(name: string): Row['maker'] {
  return { name, map: () => ({ data: new Float32Array(0), width: 0, height: 0 }) };
}

function timed(row: Row, image: Image, mask: Uint8Array, ours: (image: Image) => SaliencyMap): void {
  const start = process.cpuUsage();
  const map = ours(image);
  const { user, system } = process.cpuUsage(start);
  row.milliseconds.push((user + system) / 1000);
  measure(map, mask, row);
}

function fMaxOf(row: Row): number | null {
  return figuresOf({ ...row, milliseconds: [1] })['F-max'];
}

/** The environment's Python. */
function python(): string {
  const requirements = fileURLToPath(new URL('saliency-peers-requirements.txt', import.meta.url));
  return peerPython('saliency-peers', requirements, 'OpenCV, scikit-image and networkx');
}
