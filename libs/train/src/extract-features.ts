import type { Backbone } from '@fovea/backbones';
import { tf } from '@fovea/tensorflow';

/** Normalised images of a range. */
export interface ImageBatch {
  readonly data: Float32Array;
  /** [images, height, width, 3] */
  readonly shape: readonly number[];
}

/**
 * Pooled features of images in evaluation mode, row after row: [length, backbone.features].
 *
 * @param length - number of images
 * @param batchSize - images a forward pass; the last pass may have fewer
 * @param batch - normalised images of a range [from, to)
 * @throws Error when a feature is not finite, naming the image
 */
export function extractFeatures(
  backbone: Backbone,
  length: number,
  batchSize: number,
  batch: (from: number, to: number) => ImageBatch,
): Float32Array {
  const features_ND = new Float32Array(length * backbone.features);
  for (let from = 0; from < length; from += batchSize) {
    const { data, shape } = batch(from, Math.min(from + batchSize, length));
    // Not returned through tidy, which looks at every number for a tensor to keep.
    const features = tf.tidy(() => backbone.forward(tf.tensor(data, [...shape]), 'eval'));
    const rows = features.dataSync();
    features.dispose();
    const bad = rows.findIndex((value) => !Number.isFinite(value));
    if (bad >= 0) {
      const image = from + Math.floor(bad / backbone.features);
      throw new Error(
        `extractFeatures: ${backbone.name} gives ${rows[bad]} for image ${image}; its weights diverged.`,
      );
    }
    features_ND.set(rows, from * backbone.features);
  }
  return features_ND;
}
