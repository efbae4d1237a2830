import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import {
  digestJson,
  readSafetensors,
  safeTensorFloats,
  writeSafetensors,
  type SafeTensor,
} from '@fovea/files';
import { fold, key } from '@fovea/random';
import { saliencyNetwork, saliencyTrainer, type SaliencyNetwork } from '@fovea/saliency';
import { tf, type Variable } from '@fovea/tensorflow';
import { adamW, cosineSchedule, progressLine } from '@fovea/train';
import { sampleBatch, trainingView, type SampleSource } from './samples.ts';

/** How a saliency network is trained. */
export interface TrainNetworkOptions {
  readonly source: SampleSource;
  readonly steps: number;
  /** Images a step. */
  readonly batch: number;
  /** Side of the images in pixels. */
  readonly size: number;
  readonly seed: number;
  readonly learningRate: number;
  /** Folder of checkpoints, where a run of the same settings goes on where it stopped; null: none are kept. */
  readonly folder: string | null;
  /** Steps from one checkpoint to the next. */
  readonly every: number;
  /** What the progress line calls the run. */
  readonly label: string;
  /** Called after every step, with the number of steps done. */
  readonly afterStep?: (done: number, network: SaliencyNetwork) => void;
  /** Ends the run after the step that it is aborted in, with a checkpoint. */
  readonly signal?: AbortSignal;
}

/** A trained network and its losses. */
export interface TrainedNetwork {
  readonly network: SaliencyNetwork;
  /** Loss of the steps that this run did. */
  readonly losses: readonly number[];
  /** What determines the result: settings and pictures. */
  readonly digest: string;
  /** False where the signal ended it early. */
  readonly finished: boolean;
}

/**
 * Trains a saliency network: AdamW, linear warm-up over a twentieth of the steps, half a cosine down to 0.
 *
 * Every step's batch depends on its number alone, so a run that was stopped ends with the same bits as one that was not.
 */
export async function trainNetwork(options: TrainNetworkOptions): Promise<TrainedNetwork> {
  const { source, steps, batch, size, seed, learningRate, every, signal } = options;
  const settings = { version: 1, source: source.digest, steps, batch, size, seed, learningRate };
  const digest = digestJson(settings);
  const network = saliencyNetwork(fold(key(seed), 'network'));
  const optimiser = adamW({ weightDecay: 1e-4 });
  optimiser.initialise(network.parameters.weights);
  const state = new Map([
    ...network.parameters.weights,
    ...network.parameters.statistics,
    ...[...optimiser.state].map(([name, slot]) => [`optimiser/${name}`, slot] as const),
  ]);
  const file = options.folder === null ? null : checkpointFile(options.folder, digest);
  const first = file === null ? 0 : restore(file, state);
  const trainer = saliencyTrainer(network, optimiser);
  const rate = cosineSchedule({ base: learningRate, steps, warmupSteps: Math.ceil(steps / 20) });
  const [view, drawKey] = [trainingView(size), fold(key(seed), 'batches')];
  const report = progressLine(options.label, 1);
  const losses: number[] = [];
  const start = performance.now();
  try {
    for (let step = first; step < steps; step++) {
      const { images, targets } = sampleBatch(source, view, batch, step, drawKey);
      const loss = tf.tidy(() =>
        trainer.step(
          tf.tensor4d(images, [batch, size, size, 3]),
          tf.tensor4d(targets, [batch, size, size, 1]),
          rate(step),
        ),
      );
      losses.push(loss);
      const imagesPerSecond = (1000 * losses.length * batch) / (performance.now() - start);
      const secondsLeft = ((steps - step - 1) * batch) / imagesPerSecond;
      report({ step: step + 1, steps, epoch: 1, loss, metrics: {}, imagesPerSecond, secondsLeft });
      options.afterStep?.(step + 1, network);
      if (file !== null && ((step + 1) % every === 0 || step + 1 === steps || signal?.aborted))
        save(file, state, step + 1);
      if (signal?.aborted) return { network, losses, digest, finished: step + 1 === steps };
      await new Promise((resolve) => setImmediate(resolve));
    }
  } finally {
    trainer.dispose();
    optimiser.dispose();
  }
  return { network, losses, digest, finished: true };
}

/** Removes the checkpoint of a finished run. */
export function forgetCheckpoint(folder: string, digest: string): void {
  rmSync(checkpointFile(folder, digest), { force: true });
}

function checkpointFile(folder: string, digest: string): string {
  return join(folder, `${digest.slice(0, 16)}.safetensors`);
}

function save(file: string, state: ReadonlyMap<string, Variable>, step: number): void {
  const tensors = new Map<string, SafeTensor>();
  for (const [name, variable] of state) {
    tensors.set(name, { dtype: 'F32', shape: variable.shape, data: variable.dataSync<'float32'>() });
  }
  writeSafetensors(file, tensors, { step: String(step) });
}

/** Loads a checkpoint where there is one. @returns the steps it has behind it */
function restore(file: string, state: ReadonlyMap<string, Variable>): number {
  if (!existsSync(file)) return 0;
  const { tensors, metadata } = readSafetensors(file);
  for (const [name, variable] of state) {
    const tensor = tensors.get(name);
    if (!tensor) throw new Error(`${file} has no ${name}; delete it to begin anew.`);
    tf.tidy(() => variable.assign(tf.tensor(safeTensorFloats(tensor), variable.shape)));
  }
  return Number(metadata.step);
}
