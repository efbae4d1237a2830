/**
 * `npm run bench:augment`: views a second on one thread, ours and torchvision v2, albumentations, kornia and Pillow in turns on the same images;
 * the kernels against our reference in TypeScript; batches a second by the number of worker threads; the hand-over to TensorFlow.
 *
 * --quick        full recipes only, short rounds (under 50 s)
 * --case TEXT    cases whose name contains it
 * --json FILE    rows {case, ours, peer, peerName, unit, ratio, samples}; ratio > 1: we are ahead
 * --install      installs the peers into an environment of their own in the cache, and ends
 *
 * Every view ends in normalised float32. Pillow renders the very parameters that we render; the others draw theirs from the same distributions.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { openViewSource, renderView, renderViewReference, sampleView } from '@fovea/augment';
import { fold, key } from '@fovea/random';
import { backendInfo, tf, upload } from '@fovea/tensorflow';
import { type AugmentCase, OPERATION_CASES, parameters, pictures, RECIPE_CASES } from './augment/cases.ts';
import { installPeers, type Rate, startPeers } from './augment/peers.ts';
import { benchRecord, median } from './bench-record.ts';

const { values: flags } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    case: { type: 'string' },
    json: { type: 'string' },
    install: { type: 'boolean', default: false },
  },
});

const rounds = flags.quick ? 3 : 5;
const seconds = flags.quick ? 0.25 : 0.4;

if (flags.install) installPeers();
else await main();

async function main(): Promise<void> {
  const record = benchRecord({
    benchmark: 'augment',
    command: 'npm run bench:augment',
    backend: backendInfo(),
    quick: flags.quick,
    json: flags.json,
    keep: !flags.quick && flags.case === undefined,
    columns: { 'ratio by processor time': (row) => (row.cpuRatio === undefined ? '' : (row.cpuRatio as number).toFixed(2)) },
  }); // prettier-ignore
  const all =
    flags.quick && flags.case === undefined
      ? RECIPE_CASES.slice(0, 2)
      : [...RECIPE_CASES, ...OPERATION_CASES];
  const cases = all.filter(({ name }) => name.includes(flags.case ?? ''));
  const folder = mkdtempSync(join(tmpdir(), 'fovea-bench-augment-'));
  try {
    const sources = new Map(cases.map((which) => [which.name, pictures(which)]));
    for (const which of cases) {
      const source = sources.get(which.name);
      const bytes = Array.from({ length: which.images }, (_, index) => source?.image(index).data ?? new Uint8Array());
      writeFileSync(join(folder, `${which.name}.raw`), Buffer.concat(bytes));
    } // prettier-ignore
    const described = cases.map((which) => ({ ...which, params: parameters(which) }));
    writeFileSync(join(folder, 'cases.json'), JSON.stringify(described));
    const peers = await startPeers(folder);
    for (const [name, version] of Object.entries(peers.versions)) record.peer(name, version);
    for (const which of cases) {
      const rivals: [string, (time: number) => Rate | Promise<Rate>][] = [
        ['our TypeScript reference', (time) => oursRate(which, sources.get(which.name), renderViewReference, time)],
        ...Object.keys(peers.versions).map((peer): [string, (time: number) => Promise<Rate>] => [
          peer,
          (time) => peers.measure(peer, which.name, time),
        ]),
      ]; // prettier-ignore
      const mine = (time: number): Rate => oursRate(which, sources.get(which.name), renderView, time);
      mine(0.3); // warm
      const samples = new Map<string, Rate[]>([['ours', []]]);
      for (let round = 0; round < rounds; round++) {
        samples.get('ours')?.push(mine(seconds));
        for (const [name, measure] of rivals)
          samples.set(name, [...(samples.get(name) ?? []), await measure(seconds)]);
      }
      const middle = (name: string, by: keyof Rate): number =>
        median((samples.get(name) ?? []).map((rate) => rate[by]));
      for (const [peerName] of rivals) {
        const [ours, peer] = [middle('ours', 'wall'), middle(peerName, 'wall')];
        record.add({
          case: which.name,
          ours,
          peer,
          peerName,
          unit: 'views/s',
          ratio: ours / peer,
          cpuRatio: middle('ours', 'cpu') / middle(peerName, 'cpu'),
          samples: { ours: samples.get('ours'), peer: samples.get(peerName) },
          ...(peerName === 'torchvision v2' && which.target !== undefined ? { target: which.target } : {}),
          ...(peerName === 'albumentations' && which.target !== undefined ? { target: 1 } : {}),
        });
        console.log(`${which.name}: ${ours.toFixed(0)} views/s, ${peerName} ${peer.toFixed(0)}, ratio ${(ours / peer).toFixed(2)}`);
      } // prettier-ignore
    }
    await peers.stop();
    if (Object.keys(peers.versions).length === 0)
      record.note('No peers are installed; `npm run bench:augment -- --install` does so.');
    const loaders = RECIPE_CASES.slice(0, 2).filter(({ name }) => name.includes(flags.case ?? ''));
    for (const which of loaders) await threads(which, record);
    if (flags.case === undefined) await handOver(record);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  record.note(`The worker threads of this machine: ${availableParallelism()} cores.`);
  record.finish();
}

function oursRate(
  { recipe, height, width }: AugmentCase,
  source: ReturnType<typeof pictures> | undefined,
  render: typeof renderView,
  time: number,
): Rate {
  if (source === undefined) throw new Error('bench: no images');
  const out = new Float32Array(recipe.size ** 2 * 3);
  const [started, used] = [performance.now(), process.cpuUsage()];
  let count = 0;
  while (performance.now() - started < time * 1000) {
    const params = sampleView(recipe, height, width, fold(key(1), count));
    render(source.image(count % source.length), recipe, params, out, 0);
    count++;
  }
  const { user, system } = process.cpuUsage(used);
  return { wall: (count * 1000) / (performance.now() - started), cpu: (count * 1e6) / (user + system) };
}

/**
 * Two worker threads against one, the loader with everything around the views.
 *
 * A run begins when what was rendered ahead is used up, and the next one when what the last one rendered ahead is done, so that neither is counted nor
 * measured beside the other.
 */
async function threads(which: AugmentCase, record: ReturnType<typeof benchRecord>): Promise<void> {
  const single = pictures(which);
  const size = which.height * which.width * 3;
  const length = 512;
  const images = new Uint8Array(new SharedArrayBuffer(length * size));
  for (let index = 0; index < length; index++) images.set(single.image(index % single.length).data, index * size);
  const set = { images, length, height: which.height, width: which.width, channels: 3 };
  const recipe = { name: which.name, source: 'bench', views: [which.recipe, which.recipe] };
  const batch = which.recipe.size > 100 ? 64 : 256;
  const sources = [1, 2].map((workers) => openViewSource({ images: set, recipe, batch, key: key(0), workers, prefetch: 2 }));
  const samples: Rate[][] = [[], []];
  const asked = [0, 0];
  const run = async (place: number, time: number): Promise<Rate> => {
    const source = sources[place];
    const next = async (): Promise<void> => {
      const at = asked[place]++;
      await source.batch(Math.floor(at / source.stepsPerEpoch), at % source.stepsPerEpoch);
    };
    for (let ahead = 0; ahead < 3; ahead++) await next();
    const [started, used] = [performance.now(), process.cpuUsage()];
    let batches = 0;
    for (; performance.now() - started < time * 1000; batches++) await next();
    const [elapsed, { user, system }] = [performance.now() - started, process.cpuUsage(used)];
    await new Promise((resolve) => setTimeout(resolve, (4 * elapsed) / batches)); // two batches are on their way
    const views = batches * batch * 2;
    return { wall: (views * 1000) / elapsed, cpu: (views * 1e6) / (user + system) };
  };
  for (const place of [0, 1]) await run(place, 1);
  for (let round = 0; round < (flags.quick ? 2 : 5); round++)
    for (const place of [0, 1]) samples[place].push(await run(place, flags.quick ? 0.8 : 2));
  for (const source of sources) await source.close();
  const [one, two] = samples.map((rates) => median(rates.map(({ wall }) => wall)));
  const [onceUsed, twiceUsed] = samples.map((rates) => median(rates.map(({ cpu }) => cpu)));
  console.log(`${which.name}: ${one.toFixed(0)} views/s by one thread, ${two.toFixed(0)} by two, ratio ${(two / one).toFixed(2)}`);
  record.add({
    case: `${which.name}, loader`, ours: two, peer: one, peerName: 'one worker thread', unit: 'views/s',
    ratio: two / one, cpuRatio: twiceUsed / onceUsed, samples: { ours: samples[1], peer: samples[0] }, target: 1.8,
  });
} // prettier-ignore

/** A batch of 64 views of 224 pixels from the loader to TensorFlow, against a copy of it. */
async function handOver(record: ReturnType<typeof benchRecord>): Promise<void> {
  const images = { images: new Uint8Array(64 * 32 * 32 * 3), length: 64, height: 32, width: 32, channels: 3 };
  const recipe = { name: 'one view', source: 'bench', views: [RECIPE_CASES[0].recipe] };
  const source = openViewSource({ images, recipe, batch: 64, key: key(0), workers: 0 });
  const [{ data, shape }] = (await source.batch(0, 0)).views;
  const target = new Float32Array(data.length);
  const samples: number[][] = [[], []];
  for (let round = 0; round < (flags.quick ? 10 : 40); round++) {
    let started = performance.now();
    const tensor = upload(data, shape);
    samples[0].push(performance.now() - started);
    tf.dispose(tensor);
    started = performance.now();
    target.set(data);
    samples[1].push(performance.now() - started);
  }
  await source.close();
  const [given, copied] = samples.map((times) => median(times));
  console.log(`hand-over of ${shape.join(' x ')}: ${given.toFixed(3)} ms, one copy of it ${copied.toFixed(3)} ms`);
  record.add({
    case: `hand-over of a batch ${shape.join(' x ')}`, ours: given, peer: copied, peerName: 'copying it once', unit: 'ms',
    ratio: copied / given, samples: { ours: samples[0], peer: samples[1] },
  });
} // prettier-ignore
