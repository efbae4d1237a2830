import { availableParallelism } from 'node:os';
import type { AnySet, Split } from '@fovea/data';
import { writeFileAtomic } from '@fovea/files';
import type { Command } from 'commander';
import type { PackFlags } from './data-pack.ts';

/** `data list | show | verify | pack | lists`: what there is, what it looks like, whether it is whole. */
export function addDataCommands(program: Command): void {
  const data = program.command('data').description('data sets: list, look at, verify, pack');

  data
    .command('list')
    .description('print every data set that can be opened by name, and the path that it needs')
    .action(async () => {
      const { CATALOGUE } = await import('@fovea/data'); // here, so that other commands need not wait for it
      const width = Math.max(...CATALOGUE.map(({ name }) => name.length));
      for (const { name, what, path } of CATALOGUE) {
        console.log(`${name.padEnd(width)}  ${what}${path === null ? '' : `; --path: ${path}`}`);
      }
    });

  data
    .command('show')
    .argument('<name>', 'data set, see data list')
    .option('--split <split>', 'train, test or unlabelled', 'train')
    .option('--path <path>', 'where the data set lies, for those that need one')
    .option('--count <n>', 'images', '24')
    .option('--from <n>', 'first image', '0')
    .option('--out <file>', 'write a PNG instead of drawing in the terminal')
    .description('show a contact sheet, and what the set is')
    .action(async (name: string, options: ShowOptions) => {
      const { contactSheet, encodePng, openSet, terminalImage } = await import('@fovea/data');
      const set = await openSet(name, options.split, options.path);
      const from = whole(options.from, '--from', 0, set.length - 1);
      const count = Math.min(whole(options.count, '--count', 1, 10_000), set.length - from);
      const images = await Promise.all(
        Array.from({ length: count }, async (_, place) => set.image(from + place)),
      );
      if (options.out === undefined) {
        const columns = Math.max(1, Math.floor(((process.stdout.columns ?? 80) - 1) / 25));
        console.log(terminalImage(contactSheet(images, 24, columns)));
      } else {
        const cell = Math.min(128, Math.max(64, ...images.map(({ height }) => height)));
        writeFileAtomic(options.out, await encodePng(contactSheet(images, cell, 8)));
        console.log(`wrote ${options.out}: images ${from} to ${from + count - 1}`);
      }
      console.log(describe(set));
    });

  data
    .command('verify')
    .argument('<name>', 'data set, see data list')
    .option('--split <split>', 'train, test or unlabelled', 'train')
    .option('--path <path>', 'where the data set lies, for those that need one')
    .description('check digests and decode every image; exits with 1 and names what is broken')
    .action(async (name: string, { split, path }: { split: Split; path?: string }) => {
      const { openSet, verifyPacked } = await import('@fovea/data');
      const faults = name === 'packed' && path !== undefined ? await verifyPacked(path) : [];
      for (const { file, reason } of faults) console.log(`✗ ${file}: ${reason}`);
      const set = await openSet(name, split, path);
      const broken = await brokenImages(set);
      console.log(`${describe(set)}\n${set.length - broken} images decode, ${broken} do not`);
      process.exitCode = broken + faults.length > 0 ? 1 : 0;
    });

  data
    .command('pack')
    .argument('<folder>', 'one folder of images per class, or images; train, val, test in it become splits')
    .argument('<out>', 'the packed set, a new folder')
    .requiredOption('--name <name>', 'of the packed set')
    .option(
      '--format <format>',
      'shards (seekable, checked record by record) or tar with index.csv',
      'shards',
    )
    .option('--pixels <size>', 'keep decoded pixels, SIZE or HEIGHTxWIDTH, so that training decodes nothing')
    .option('--shard-mb <n>', 'a shard is closed once it holds this many MiB', '256')
    .option('--skip-corrupt', 'leave out files that cannot be decoded, count and report them')
    .option('--licence <text>', 'kept in the manifest', 'not stated')
    .option('--citation <text>', 'kept in the manifest', 'not stated')
    .description('pack images into shards with an index, a manifest and digests')
    .action(async (folder: string, out: string, flags: PackFlags) => {
      const { packFolder } = await import('./data-pack.ts');
      console.log(await packFolder(folder, out, flags));
    });

  data
    .command('pictures')
    .description('draw the pictures of docs/data again: each set that npm ships, each recipe')
    .action(async () => {
      const { writeDataPictures } = await import('./data-pictures.ts');
      const written = await writeDataPictures();
      for (const [name, bytes] of Object.entries(written)) console.log(`docs/data/${name}: ${bytes} bytes`);
      const all = Object.values(written).reduce((sum, bytes) => sum + bytes, 0);
      console.log(`${Object.keys(written).length} pictures, ${(all / 1000).toFixed(0)} kB`);
    });

  data
    .command('lists')
    .option('--imagenette <folder>', 'packed imagenette96; without it its lists are left as they are')
    .option('--caltech <folder>', 'packed caltech101-96; without it its lists are left as they are')
    .description('write the committed lists again: labels, validation, drawings (the files do not change)')
    .action(async ({ imagenette, caltech }: { imagenette?: string; caltech?: string }) => {
      const { loadCifar10, loadPacked, writeEmojiLists, writeSplits } = await import('@fovea/data');
      const written = writeSplits('cifar10', (await loadCifar10({ split: 'train' })).labels);
      for (const [set, folder] of Object.entries({ imagenette96: imagenette, 'caltech101-96': caltech })) {
        if (folder === undefined) continue;
        const { labels } = loadPacked(folder, { where: { split: 'train' }, split: 'train' });
        Object.assign(written, writeSplits(set, labels));
      }
      for (const [name, count] of Object.entries({ ...written, ...(await writeEmojiLists()) })) {
        console.log(`${name}: ${count}`);
      }
    });
}

/** Decodes every image, several at a time, prints those that do not decode in their order, and counts them. */
async function brokenImages(set: AnySet): Promise<number> {
  const group = 4 * availableParallelism();
  let broken = 0;
  for (let from = 0; from < set.length; from += group) {
    const indices = Array.from({ length: Math.min(group, set.length - from) }, (_, place) => from + place);
    const results = await Promise.allSettled(indices.map(async (index) => set.image(index)));
    for (const [place, result] of results.entries()) {
      if (result.status === 'fulfilled') continue;
      broken++;
      console.log(`✗ image ${from + place}: ${(result.reason as Error).message}`);
    }
  }
  return broken;
}

interface ShowOptions {
  readonly split: Split;
  readonly path?: string;
  readonly count: string;
  readonly from: string;
  readonly out?: string;
}

function whole(text: string, option: string, low: number, high: number): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= low && value <= high) return value;
  throw new RangeError(`data show: ${option} must be an integer in [${low}, ${high}], got ${text}.`);
}

function describe(set: AnySet): string {
  const counts = new Map<number, number>();
  for (const label of set.labels) counts.set(label, (counts.get(label) ?? 0) + 1);
  const classes = set.classes.map((name, label) => `${name} ${counts.get(label) ?? 0}`).slice(0, 24);
  return [
    `${set.name}: ${set.length} images, ${set.classes.length} classes`,
    classes.length === 0 ? '' : `classes: ${classes.join(', ')}${set.classes.length > 24 ? ', …' : ''}`,
    `digest: ${set.digest}`,
    `licence: ${set.licence}`,
    `cite: ${set.citation}`,
  ].filter(Boolean).join('\n'); // prettier-ignore
}
