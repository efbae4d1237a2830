import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { extname, join } from 'node:path';
import { decodeRgb, loadCifar10 } from '@fovea/data';
import { cacheDirectory } from '@fovea/files';
import {
  learnedSaliency,
  precomputeSaliency,
  SALIENCY_ESTIMATORS,
  type Image,
  type MapMaker,
  type SaliencyEstimator,
} from '@fovea/saliency';
import { Option, type Command } from 'commander';
import { positive } from './positive.ts';
import { addSaliencyTrain } from './saliency-train.ts';

interface SaliencyFlags {
  readonly data?: string;
  readonly split?: string;
  readonly estimator: SaliencyEstimator | 'learned';
  readonly weights?: string;
  readonly pixelsPerRegion?: number;
  readonly workers: number;
  readonly limit?: number;
  readonly cache?: string;
}

/** `saliency <name>`: computes the saliency maps of a data set once, so that training can read them. */
export function addSaliencyCommand(program: Command): void {
  const saliency = program.command('saliency');
  addSaliencyTrain(saliency);
  saliency
    .argument('<name>', 'data set: cifar10, or any name for what --data holds')
    .description('compute and keep the saliency maps of a data set; a run that was stopped goes on')
    .option('--data <folder>', 'images below a folder, or a folder with index.csv and tar shards')
    .option('--split <split>', 'only this split of the data set')
    .addOption(
      new Option('--estimator <name>', 'how')
        .choices([...SALIENCY_ESTIMATORS.filter((name) => name !== 'random'), 'learned'])
        .default('rbd'),
    )
    .option(
      '--weights <file>',
      'of --estimator learned: what saliency train wrote (default: those of @fovea/saliency)',
    )
    .option('--pixels-per-region <n>', 'pixels of a superpixel', positive)
    .option('--workers <n>', 'threads', positive, availableParallelism())
    .option('--limit <n>', 'only the first so many images', positive)
    .option('--cache <folder>', 'where maps are kept (default: saliency in the cache folder)')
    .action(async (name: string, flags: SaliencyFlags) => {
      const refused: string[] = [];
      const estimator = makerOf(flags);
      const images = flags.data ? imagesBelow(flags.data, flags, refused) : await namedImages(name, flags);
      const folder = join(flags.cache ?? join(cacheDirectory(), 'saliency'), name);
      const start = performance.now();
      let shown = 0;
      const done = await precomputeSaliency(images, {
        folder,
        estimator,
        workers: flags.workers,
        estimate: flags.pixelsPerRegion === undefined ? {} : { pixelsPerRegion: flags.pixelsPerRegion },
        onProgress: ({ computed, reused }) => {
          const now = performance.now();
          if (now - shown < 1000) return;
          shown = now;
          const rate = (1000 * computed) / (now - start);
          process.stderr.write(
            `${computed + reused} images, ${reused} of them there already, ${rate.toFixed(1)} a second\n`,
          );
        },
      });
      console.log(
        `${name}: ${done.computed} maps computed, ${done.reused} there already, in ${done.directory}`,
      );
      for (const line of refused) console.error(line);
      if (refused.length > 0) process.exitCode = 1;
      else if (done.computed + done.reused === 0) throw new Error(`saliency: no image found for ${name}.`);
    });
}

function makerOf({ estimator, weights }: SaliencyFlags): SaliencyEstimator | MapMaker {
  if (estimator === 'learned') return learnedSaliency(weights === undefined ? {} : { weights });
  if (weights !== undefined) throw new Error('saliency: --weights belongs to --estimator learned.');
  return estimator;
}

async function namedImages(
  name: string,
  { split = 'train', limit }: SaliencyFlags,
): Promise<Iterable<Image>> {
  if (name !== 'cifar10') {
    throw new Error(
      `saliency: ${name} needs --data with the folder that holds its images (only cifar10 is fetched by name).`,
    );
  }
  if (split !== 'train' && split !== 'test')
    throw new Error(`saliency: cifar10 has the splits train and test, not ${split}.`);
  const set = await loadCifar10({ split, limit });
  return (function* () {
    for (let index = 0; index < set.length; index++) yield set.image(index);
  })();
}

/** The images of a folder in the order of their names, or of its index; one that cannot be decoded is refused by name, the others go on. */
async function* imagesBelow(folder: string, flags: SaliencyFlags, refused: string[]): AsyncGenerator<Image> {
  if (!existsSync(folder)) throw new Error(`saliency: ${folder} does not exist.`);
  const files = existsSync(join(folder, 'index.csv'))
    ? indexed(folder, flags.split)
    : loose(folder, flags.split);
  let count = 0;
  for (const { name, read } of files) {
    if (flags.limit !== undefined && count++ >= flags.limit) return;
    try {
      yield await decodeRgb(read(), { name });
    } catch (error) {
      refused.push((error as Error).message);
    }
  }
}

interface ImageFile {
  readonly name: string;
  readonly read: () => Uint8Array;
}

function* indexed(folder: string, split?: string): Generator<ImageFile> {
  const [header, ...lines] = readFileSync(join(folder, 'index.csv'), 'utf8').trim().split('\n');
  const names = header.split(',');
  for (const column of ['split', 'shard', 'offset', 'length']) {
    if (!names.includes(column))
      throw new Error(`saliency: ${join(folder, 'index.csv')} has no column ${column}.`);
  }
  const shards = new Map<string, Uint8Array>();
  for (const [row, line] of lines.entries()) {
    const cells = line.split(',');
    const cell = (name: string): string => cells[names.indexOf(name)] ?? '';
    if (split !== undefined && cell('split') !== split) continue;
    const read = (): Uint8Array => {
      const shard = shards.get(cell('shard')) ?? readFileSync(join(folder, cell('shard')));
      shards.clear(); // rows are in the order of their shards: one in memory is enough
      shards.set(cell('shard'), shard);
      return shard.subarray(Number(cell('offset')), Number(cell('offset')) + Number(cell('length')));
    };
    yield { name: `row ${row + 1} of ${join(folder, 'index.csv')}`, read };
  }
}

function* loose(folder: string, split?: string): Generator<ImageFile> {
  const top = split === undefined ? folder : join(folder, split);
  for (const entry of readdirSync(top, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const name = join(top, entry.name);
    if (entry.isDirectory()) yield* loose(name);
    else if (['.jpg', '.jpeg', '.png', '.webp'].includes(extname(entry.name).toLowerCase())) {
      yield { name, read: () => readFileSync(name) };
    }
  }
}
