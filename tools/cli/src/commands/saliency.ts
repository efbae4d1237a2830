import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { loadCifar10 } from '@fovea/data';
import { cacheDirectory } from '@fovea/files';
import {
  learnedSaliency,
  onnxSaliency,
  precomputeSaliency,
  SALIENCY_ESTIMATORS,
  type Image,
  type MapMaker,
  type SaliencyEstimator,
} from '@fovea/saliency';
import { Option, type Command } from 'commander';
import { imagesBelow } from '../saliency/images-below.ts';
import { positive } from './positive.ts';
import { addSaliencyTrain } from './saliency-train.ts';
import { addSaliencyUnsupervised } from './saliency-unsupervised.ts';

interface SaliencyFlags {
  readonly data?: string;
  readonly split?: string;
  readonly estimator: SaliencyEstimator | 'learned' | 'onnx';
  readonly weights?: string;
  readonly pixelsPerRegion?: number;
  readonly workers: number;
  readonly limit?: number;
  readonly cache?: string;
}

/** `saliency <name>`: computes the saliency maps of a data set once, so that training can read them. */
export function addSaliencyCommand(program: Command): void {
  const saliency = program.command('saliency').enablePositionalOptions(); // train has --data too
  addSaliencyTrain(saliency);
  addSaliencyUnsupervised(saliency);
  saliency
    .argument('<name>', 'data set: cifar10, or any name for what --data holds')
    .description('compute and keep the saliency maps of a data set; a run that was stopped goes on')
    .option('--data <folder>', 'images below a folder, or a folder with index.csv and tar shards')
    .option('--split <split>', 'only this split of the data set')
    .addOption(
      new Option('--estimator <name>', 'how')
        .choices([...SALIENCY_ESTIMATORS.filter((name) => name !== 'random'), 'learned', 'onnx'])
        .default('rbd'),
    )
    .option(
      '--weights <file>',
      'of --estimator learned: what saliency train wrote (default: those of @fovea/saliency); of onnx: the model',
    )
    .option('--pixels-per-region <n>', 'pixels of a superpixel', positive)
    .option('--workers <n>', 'threads', positive, availableParallelism())
    .option('--limit <n>', 'only the first so many images', positive)
    .option('--cache <folder>', 'where maps are kept (default: saliency in the cache folder)')
    .action(async (name: string, flags: SaliencyFlags) => {
      const refused: string[] = [];
      const estimator = await makerOf(flags);
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

async function makerOf({ estimator, weights }: SaliencyFlags): Promise<SaliencyEstimator | MapMaker> {
  if (estimator === 'learned') return learnedSaliency(weights === undefined ? {} : { weights });
  if (estimator === 'onnx') {
    if (weights === undefined)
      throw new Error('saliency: --estimator onnx needs --weights with the ONNX file.');
    return onnxSaliency(weights);
  }
  if (weights !== undefined) throw new Error('saliency: --weights belongs to --estimator learned or onnx.');
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
