import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { digestJson, readSafetensors, safeTensorFloats, writeSafetensors } from '@fovea/files';
import {
  binarise,
  networkSaliency,
  precomputeSaliency,
  resizeMap,
  saliencyCache,
  type Image,
  type LearnedSaliency,
  type SaliencyEstimator,
  type SaliencyNetwork,
} from '@fovea/saliency';
import { trainNetwork } from './train-network.ts';
import type { SampleSource } from './samples.ts';
import { shrunk } from './shrunk.ts';

/** How pseudo-labels are refined. */
export interface UnsupervisedOptions {
  /** Images without masks. */
  readonly images: readonly Image[];
  /** Names the images. */
  readonly digest: string;
  readonly estimators: readonly SaliencyEstimator[];
  /** Passes over the images that each refinement network is trained for. */
  readonly epochs: number;
  /** Share of the old average that an epoch keeps; DeepUSPS has 0.7. */
  readonly keep: number;
  /** Side in pixels that refinement networks see. */
  readonly size: number;
  /** Longer side in pixels of the images that the final network is trained on. */
  readonly longest: number;
  readonly seed: number;
  /** Where maps and refined labels are kept. */
  readonly folder: string;
  readonly workers: number;
}

const BATCH = 16;

/**
 * Pseudo-labels from several unsupervised estimators, refined and fused, after DeepUSPS.
 *
 * 1. Every estimator's maps, thresholded at twice their mean, are the labels of a network of its own, trained from scratch.
 * 2. After each epoch but the first the network's maps of all images join a moving average, m <- keep m + (1 - keep) p: what the noise of one
 *    label taught is forgotten, what images agree on stays. The average, thresholded at one half, is the estimator's refined label.
 * 3. Fusion: the mean over estimators of the refined labels. For cross-entropy, training on the mean is training on the mean of the losses.
 *
 * Differences from the paper: GS and MBD in place of HS and DSR, whose sources lack (RBD and MC are the same); one round of refinement; this
 * library's network and loss, not a pretrained DRN with an F-measure loss; no CRF; the final network is trained from scratch.
 *
 * @returns the images with fused labels, to train the final network on
 * @see Nguyen et al. 2019 (DeepUSPS)
 */
export async function unsupervisedSamples(options: UnsupervisedOptions): Promise<SampleSource> {
  const { images, estimators, epochs, keep, size, longest, seed, folder } = options;
  const settings = { version: 1, images: options.digest, epochs, keep, size, seed };
  const small = images.map((image) => shrunk(image, longest));
  const fused = small.map(({ width, height }) => new Float32Array(width * height));
  for (const estimator of estimators) {
    const name = digestJson({ ...settings, estimator }).slice(0, 16);
    const file = join(folder, `refined-${estimator}-${name}.safetensors`);
    if (!existsSync(file)) {
      const labels = await pseudoLabels(options, estimator);
      const refined = await refine(options, estimator, labels);
      writeSafetensors(
        file,
        new Map([['maps', { dtype: 'F32', shape: [images.length, size, size], data: refined }]]),
      );
    }
    const maps = readSafetensors(file).tensors.get('maps');
    if (!maps) throw new Error(`${file} has no maps; delete it to begin anew.`);
    const data = safeTensorFloats(maps);
    small.forEach(({ width, height }, index) => {
      const map = {
        data: data.slice(index * size * size, (index + 1) * size * size),
        width: size,
        height: size,
      };
      const large = resizeMap(map, width, height).data;
      for (let p = 0; p < large.length; p++) fused[index][p] += Number(large[p] > 0.5) / estimators.length;
    });
  }
  return sourceOf(
    small,
    fused.map((data) => Float32Array.from(data, (value) => Math.min(1, value))),
    `pseudo-labels of ${estimators.join(', ')}`,
    digestJson({ ...settings, estimators, longest }),
  );
}

/** Binary labels of one estimator at the images' sizes, computed once. */
async function pseudoLabels(
  { images, folder, workers }: UnsupervisedOptions,
  estimator: SaliencyEstimator,
): Promise<Float32Array[]> {
  const maps = join(folder, 'maps');
  await precomputeSaliency(images, { folder: maps, estimator, workers });
  const cache = saliencyCache(maps, estimator);
  return images.map((image) => {
    const map = cache.read(image);
    if (!map) throw new Error(`${cache.directory} lost a map while it was in use.`);
    return Float32Array.from(binarise(map, { kind: 'adaptive' }).data);
  });
}

/** Trains one refinement network. @returns the moving average of its maps // [n, size, size] */
async function refine(
  { images, epochs, keep, size, seed, digest }: UnsupervisedOptions,
  estimator: SaliencyEstimator,
  labels: readonly Float32Array[],
): Promise<Float32Array> {
  const longest = Math.round(1.25 * size);
  const small = images.map((image) => shrunk(image, longest));
  const targets = small.map(
    ({ width, height }, index) =>
      resizeMap(
        { data: labels[index], width: images[index].width, height: images[index].height },
        width,
        height,
      ).data,
  );
  const source = sourceOf(small, targets, estimator, `${digest} ${estimator}`);
  const perEpoch = Math.ceil(images.length / BATCH);
  const average = new Float32Array(images.length * size * size);
  let seen = 0;
  let learned: LearnedSaliency | undefined;
  const look = (done: number, network: SaliencyNetwork): void => {
    if (done % perEpoch !== 0 || done / perEpoch < Math.min(2, epochs)) return;
    learned ??= networkSaliency(network, size);
    const { map } = learned;
    const share = seen++ === 0 ? 1 : 1 - keep;
    small.forEach((image, index) => {
      const own = resizeMap(map(image), size, size).data;
      for (let p = 0; p < own.length; p++) {
        const at = index * size * size + p;
        average[at] = (1 - share) * average[at] + share * own[p];
      }
    });
  };
  const { network } = await trainNetwork({
    source, steps: epochs * perEpoch, batch: BATCH, size, seed, learningRate: 2e-3, folder: null, every: 1,
    label: `refine ${estimator}`, afterStep: look,
  }); // prettier-ignore
  (learned ?? network.parameters).dispose();
  return average;
}

function sourceOf(
  images: readonly Image[],
  targets: readonly Float32Array[],
  name: string,
  digest: string,
): SampleSource {
  return {
    name,
    digest,
    length: images.length,
    sample: (index) => {
      const { data, width, height } = images[index];
      return {
        image: { data: Uint8Array.from(data), width, height, channels: 3 },
        target: { data: targets[index], width, height },
      };
    },
  };
}
