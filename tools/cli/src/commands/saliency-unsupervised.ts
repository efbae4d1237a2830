import { availableParallelism } from 'node:os';
import { join, resolve } from 'node:path';
import { cacheDirectory, digest, digestJson } from '@fovea/files';
import {
  SALIENCY_ESTIMATORS,
  saveSaliencyNetwork,
  type Image,
  type SaliencyEstimator,
} from '@fovea/saliency';
import { InvalidArgumentError, type Command } from 'commander';
import { imagesBelow } from '../saliency/images-below.ts';
import { fileLine, stopSignal } from '../saliency/run.ts';
import { forgetCheckpoint, trainNetwork } from '../saliency/train-network.ts';
import { unsupervisedSamples } from '../saliency/unsupervised-samples.ts';
import { positive } from './positive.ts';

interface UnsupervisedFlags {
  readonly data: string;
  readonly split?: string;
  readonly limit?: number;
  readonly estimators: readonly SaliencyEstimator[];
  readonly epochs: number;
  readonly keep: number;
  readonly refineSize: number;
  readonly steps: number;
  readonly batch: number;
  readonly size: number;
  readonly seed: number;
  readonly workers: number;
  readonly out: string;
}

/** `saliency train-unsupervised`: the network without any mask, from pseudo-labels of estimators. */
export function addSaliencyUnsupervised(saliency: Command): void {
  saliency
    .command('train-unsupervised')
    .description("train the saliency network on images without masks, from estimators' refined pseudo-labels")
    .requiredOption('--data <folder>', 'images below a folder, or a folder with index.csv and tar shards')
    .option('--split <split>', 'only this split')
    .option('--limit <n>', 'only the first so many images', positive)
    .option('--estimators <names>', 'whose labels are refined and fused', estimators, [
      'rbd',
      'mc',
      'gs',
      'mbd',
    ])
    .option('--epochs <n>', 'epochs of a refinement network', positive, 3)
    .option('--keep <x>', 'share of the moving average that an epoch keeps', Number, 0.7)
    .option('--refine-size <px>', 'side of the images of refinement networks', positive, 64)
    .option('--steps <n>', 'updates of the final network', positive, 500)
    .option('--batch <n>', 'images an update', positive, 16)
    .option('--size <px>', 'side of the images of the final network', positive, 64)
    .option('--seed <n>', 'seed of everything drawn', Number, 0)
    .option('--workers <n>', 'threads that estimate', positive, availableParallelism())
    .option('--out <file>', 'weights', 'saliency-unsupervised.safetensors')
    .action(async (flags: UnsupervisedFlags) => {
      const refused: string[] = [];
      const images: Image[] = [];
      for await (const image of imagesBelow(flags.data, flags, refused)) images.push(image);
      for (const line of refused) console.error(line);
      if (images.length === 0) throw new Error(`saliency: no image found below ${flags.data}.`);
      const { epochs, keep, seed, workers, steps, batch, size } = flags;
      const folder = join(cacheDirectory(), 'saliency-train');
      const source = await unsupervisedSamples({
        images, digest: digestJson(images.map(({ data }) => digest(Uint8Array.from(data)))), estimators: flags.estimators,
        epochs, keep, size: flags.refineSize, longest: Math.round(1.25 * size), seed, folder, workers,
      }); // prettier-ignore
      const run = await trainNetwork({
        source, steps, batch, size, seed, learningRate: 2e-3, folder, every: 100, label: 'saliency, no masks',
        signal: stopSignal(),
      }); // prettier-ignore
      if (!run.finished) {
        console.log('stopped after a checkpoint; the same command goes on from there.');
        process.exitCode = 130;
        return;
      }
      const out = resolve(flags.out);
      saveSaliencyNetwork(run.network, out, {
        size: String(size),
        pictures: source.name,
        settings: JSON.stringify({ epochs, keep, refineSize: flags.refineSize, steps, batch, size, seed }),
        run: run.digest,
      });
      forgetCheckpoint(folder, run.digest);
      console.log(fileLine(out));
    });
}

function estimators(text: string): SaliencyEstimator[] {
  const names = text.split(',') as SaliencyEstimator[];
  const odd = names.find((name) => !SALIENCY_ESTIMATORS.includes(name) || name === 'random');
  if (odd !== undefined) throw new InvalidArgumentError(`No estimator ${odd}.`);
  return names;
}
