/**
 * Views per second on one thread, ours and peers in the same run: `npx tsx libs/augment/bench.ts [--quick] [--json FILE] [--python PATH]`.
 *
 * Peers are whatever of Pillow, albumentations, torchvision and kornia the given Python can import; each runs on one thread, on the same decoded images. Pillow renders
 * the very parameters that we render; the others draw their own from the same distributions. Runs of ours and of peers take turns, medians are
 * reported; a ratio above 1 means that we are ahead.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { fold, key, Stream } from '@fovea/random';
import { CIFAR_SIMCLR, IMAGENET_SIMCLR, renderView, sampleView, type ViewRecipe } from './src/index.ts';

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean' },
    json: { type: 'string' },
    python: { type: 'string', default: 'python3' },
  },
});
const rounds = values.quick === true ? 5 : 11;
const seconds = values.quick === true ? 0.35 : 1;

interface Case {
  readonly name: string;
  readonly recipe: ViewRecipe;
  readonly height: number;
  readonly width: number;
  readonly images: number;
}

const cases: readonly Case[] = [
  { name: 'simclr-32', recipe: CIFAR_SIMCLR.views[0], height: 32, width: 32, images: 256 },
  { name: 'simclr-224', recipe: IMAGENET_SIMCLR.views[0], height: 375, width: 500, images: 16 },
];

const rows: object[] = [];
const folder = mkdtempSync(join(tmpdir(), 'fovea-bench-'));
print(
  `${cpus()[0]?.model ?? 'unknown processor'}, Node ${process.version}, ${rounds} rounds of ${seconds} s, one thread each`,
);
for (const one of cases) {
  const images = Array.from({ length: one.images }, (_, index) => picture(one.height, one.width, index));
  const params = images.map((_, index) => sampleView(one.recipe, one.height, one.width, fold(key(0), index)));
  writeFileSync(join(folder, 'images.raw'), Buffer.concat(images.map(({ data }) => data)));
  writeFileSync(join(folder, 'case.json'), JSON.stringify({ ...one, params }));
  const out = new Float32Array(one.recipe.size ** 2 * 3);
  let next = 0;
  const ours = (): number =>
    rate(() => {
      const at = next++ % images.length;
      renderView(
        images[at],
        one.recipe,
        sampleView(one.recipe, one.height, one.width, fold(key(1), next)),
        out,
        0,
      );
    });
  ours(); // warm
  const peers = await startPeers(folder);
  const samples = new Map<string, number[]>([['ours', []]]);
  for (let round = 0; round < rounds; round++) {
    samples.get('ours')?.push(ours());
    for (const name of peers.names)
      samples.set(name, [...(samples.get(name) ?? []), await peers.measure(name, seconds)]);
  }
  await peers.stop();
  for (const peerName of peers.names) {
    const [mine, theirs] = [median(samples.get('ours') ?? []), median(samples.get(peerName) ?? [])];
    const ratio = mine / theirs;
    rows.push({
      case: one.name,
      ours: mine,
      peer: theirs,
      peerName,
      unit: 'views/s',
      ratio,
      samples: Object.fromEntries(samples),
    });
    print(
      `${one.name}: ours ${mine.toFixed(0)} views/s, ${peerName} ${theirs.toFixed(0)}, ratio ${ratio.toFixed(2)}`,
    );
  }
  if (peers.names.length === 0)
    print(
      `${one.name}: ours ${median(samples.get('ours') ?? []).toFixed(0)} views/s; ${values.python} has no peer`,
    );
}
rmSync(folder, { recursive: true });
if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(rows, null, 1)}\n`);

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

function rate(work: () => void): number {
  const started = performance.now();
  let count = 0;
  while (performance.now() - started < seconds * 1000) {
    work();
    count++;
  }
  return (count * 1000) / (performance.now() - started);
}

function median(list: readonly number[]): number {
  return [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)] ?? NaN;
}

/** Smooth colours with fine noise, so that no operation meets a special case. */
function picture(height: number, width: number, seed: number) {
  const draw = new Stream(fold(key(7), seed));
  const data = Uint8Array.from({ length: height * width * 3 }, (_, at) => {
    const [y, x] = [Math.floor(at / 3 / width) / height, (Math.floor(at / 3) % width) / width];
    return 128 + 80 * Math.sin(6 * x + seed + (at % 3)) * Math.cos(5 * y) + draw.uniform(-30, 30);
  });
  return { data, height, width, channels: 3 };
}

interface Peers {
  readonly names: readonly string[];
  measure(name: string, seconds: number): Promise<number>;
  stop(): Promise<void>;
}

async function startPeers(input: string): Promise<Peers> {
  const script = fileURLToPath(new URL('./bench-peers.py', import.meta.url));
  const child = spawn(values.python, [script, input], { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const ended = new Promise<void>((resolve) => {
    child.on('close', () => resolve());
    child.on('error', () => resolve());
  });
  const read = async (): Promise<unknown> => {
    const line = await lines.next();
    return line.done === true ? [] : JSON.parse(line.value);
  };
  const names = (await read()) as string[];
  return {
    names,
    async measure(name, duration) {
      child.stdin.write(`${name} ${duration}\n`);
      return (await read()) as number;
    },
    async stop() {
      child.stdin.end();
      await ended;
    },
  };
}
