import type { Backbone } from '@fovea/backbones';
import {
  featureTap,
  frozenFeatures,
  type EvalImages,
  type LabelledFeatures,
  type NetworkBatch,
} from '@fovea/eval';
import { digestJson } from '@fovea/files';

/**
 * Features of several sets of one image size, without augmentation: one compiled pass over all of them, for a pass of its own for each set
 * would record the network's graph anew.
 *
 * @param batch - images of a forward pass
 */
export async function featuresOfSets<Name extends string>(
  backbone: Backbone,
  sets: Readonly<Record<Name, EvalImages>>,
  batch: number,
): Promise<Record<Name, LabelledFeatures>> {
  const parts = Object.entries<EvalImages>(sets);
  const all = await frozenFeatures(featureTap(backbone, 'features'), joined(parts.map(([, set]) => set)), {
    batch,
  });
  const width = all.features.length / all.labels.length;
  let from = 0;
  const found = parts.map(([name, { labels }]) => {
    const to = from + labels.length;
    const features = all.features.subarray(from * width, to * width);
    from = to;
    return [name, { features, labels }] as const;
  });
  return Object.fromEntries(found) as Record<Name, LabelledFeatures>;
}

/** Sets one after the other, for evaluation without augmentation. */
function joined(parts: readonly EvalImages[]): EvalImages {
  const starts: number[] = [];
  let length = 0;
  for (const { labels } of parts) {
    starts.push(length);
    length += labels.length;
  }
  const labels = new Int32Array(length);
  parts.forEach((part, at) => labels.set(part.labels, starts[at]));
  return {
    labels,
    digest: digestJson(parts.map(({ digest }) => digest)),
    plain: async (rows) => {
      const batches: NetworkBatch[] = [];
      for (const [at, part] of parts.entries()) {
        const [start, end] = [starts[at], starts[at] + part.labels.length];
        const own = rows.filter((row) => row >= start && row < end).map((row) => row - start);
        if (own.length > 0) batches.push(await part.plain(own));
      }
      return batches.length === 1 ? batches[0] : together(batches);
    },
    augmented: () => {
      throw new Error('featuresOfSets: sets are joined for evaluation alone.');
    },
  };
}

/** @throws Error for images of different sizes */
function together(batches: readonly NetworkBatch[]): NetworkBatch {
  const [, ...image] = batches[0].shape;
  if (batches.some(({ shape }) => shape.slice(1).join() !== image.join())) {
    throw new Error('featuresOfSets: images of all sets must have one size.');
  }
  const data = new Float32Array(batches.reduce((sum, batch) => sum + batch.data.length, 0));
  let at = 0;
  for (const batch of batches) {
    data.set(batch.data, at);
    at += batch.data.length;
  }
  return { data, shape: [batches.reduce((sum, { shape }) => sum + shape[0], 0), ...image] };
}
