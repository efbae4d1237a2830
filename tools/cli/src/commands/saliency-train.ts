import { join, resolve } from 'node:path';
import { cacheDirectory, workspaceRoot } from '@fovea/files';
import { saveSaliencyNetwork } from '@fovea/saliency';
import { Option, type Command } from 'commander';
import { emojiSamples } from '../saliency/emoji-samples.ts';
import { folderSamples } from '../saliency/folder-samples.ts';
import { forgetCheckpoint, trainNetwork } from '../saliency/train-network.ts';
import { fileLine, stopSignal } from '../saliency/run.ts';
import { positive } from './positive.ts';

interface TrainFlags {
  readonly data?: string;
  readonly split: string;
  readonly steps: number;
  readonly batch: number;
  readonly size: number;
  readonly seed: number;
  readonly rate: number;
  readonly out?: string;
}

/** `saliency train`: the learned network, on EmojiScenes or on a folder of images with masks. */
export function addSaliencyTrain(saliency: Command): void {
  saliency
    .command('train')
    .description('train the saliency network on EmojiScenes, or on images with masks; a stopped run goes on')
    .option(
      '--data <folder>',
      'DUTS-style: a packed set with masks, or a folder with one folder of images and one of masks',
    )
    .option('--split <split>', 'split of a packed set', 'train')
    .option('--steps <n>', 'updates', positive, 4000)
    .option('--batch <n>', 'images an update', positive, 16)
    .option('--size <px>', 'side of the training images', positive, 64)
    .option('--seed <n>', 'seed of everything drawn', Number, 0)
    .addOption(new Option('--rate <x>', 'learning rate after the warm-up').argParser(Number).default(2e-3))
    .option(
      '--out <file>',
      'weights (default: the committed file for EmojiScenes, saliency.safetensors for --data)',
    )
    .action(async (flags: TrainFlags) => {
      const source = flags.data
        ? await folderSamples(flags.data, { split: flags.split, longest: Math.round(flags.size * 1.25) })
        : await emojiSamples(60_000, flags.seed);
      const out = resolve(flags.out ?? (flags.data ? 'saliency.safetensors' : committedWeights()));
      const folder = join(cacheDirectory(), 'saliency-train');
      const signal = stopSignal();
      const { steps, batch, size, seed, rate: learningRate } = flags;
      const { network, digest, finished, losses } = await trainNetwork({
        source, steps, batch, size, seed, learningRate, folder, every: 100, label: 'saliency', signal,
      }); // prettier-ignore
      if (!finished) {
        console.log('stopped after a checkpoint; the same command goes on from there.');
        process.exitCode = 130;
        return;
      }
      const last = losses.slice(-Math.max(1, Math.round(steps / 20)));
      saveSaliencyNetwork(network, out, {
        size: String(size),
        pictures: source.name,
        settings: JSON.stringify({ steps, batch, size, seed, learningRate }),
        run: digest,
      });
      forgetCheckpoint(folder, digest);
      if (last.length > 0) console.log(`mean loss of the last ${last.length} steps ${mean(last).toFixed(4)}`);
      console.log(fileLine(out));
    });
}

function committedWeights(): string {
  return join(workspaceRoot(), 'libs/saliency/weights/emoji-scenes.safetensors');
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
