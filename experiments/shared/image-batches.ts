import {
  CIFAR_EVALUATION,
  evaluationBatch,
  IMAGENET_EVALUATION,
  IMAGENET_STATISTICS,
  resizedCrop,
  type EvaluationRecipe,
  type ImageSource,
} from '@fovea/augment';
import { evalImages, type EvalImages, type NetworkBatch } from '@fovea/eval';
import { digestJson } from '@fovea/files';
import { inMemory, type RunImages } from './run-data.ts';

/** Side of a photograph as networks take it. */
const PHOTOGRAPH = 224;

/** How images of a set are prepared for a frozen network: small ones as they are, photographs by their central square. */
export function evaluationRecipe(set: RunImages): EvaluationRecipe {
  return inMemory(set) ? CIFAR_EVALUATION : IMAGENET_EVALUATION;
}

/** Images of a forward pass. */
export function forwardBatch(set: RunImages): number {
  return inMemory(set) ? 250 : 64;
}

/** A set as evaluators take it; photographs are decoded batch by batch. */
export function labelledImages(set: RunImages): EvalImages {
  const size = inMemory(set) ? set.height : PHOTOGRAPH;
  const options = { evaluation: evaluationRecipe(set), size, interpolation: 'bilinear' } as const;
  if (inMemory(set)) return evalImages(set, options);
  const { labels, digest } = set;
  const some = async (rows: Int32Array): Promise<EvalImages> =>
    evalImages({ ...(await decodedRows(set, rows)), labels, digest }, options);
  return {
    labels,
    digest: digestJson({ set: digest, options }),
    plain: async (rows) => (await some(rows)).plain(rows),
    augmented: async (rows, key) => (await some(rows)).augmented(rows, key),
  };
}

/** Some rows of images, in their order. */
export function someRows(images: EvalImages, rows: Int32Array): EvalImages {
  const own = (of: Int32Array): Int32Array => of.map((row) => rows[row]);
  return {
    labels: own(Int32Array.from(rows.keys())).map((row) => images.labels[row]),
    digest: digestJson({ of: images.digest, rows: [...rows] }),
    plain: (of) => images.plain(own(of)),
    augmented: (of, key) => images.augmented(own(of), key),
  };
}

/** Whole images of a range, normalised: photographs as squares of 224 pixels, so that a map of one lies over all of it. */
export async function wholeImages(set: RunImages, from: number, to: number): Promise<NetworkBatch> {
  const rows = Int32Array.from({ length: to - from }, (_, row) => from + row);
  if (inMemory(set)) return evaluationBatch(set, rows, evaluationRecipe(set));
  const source = await decodedRows(set, rows);
  const stride = PHOTOGRAPH * PHOTOGRAPH * 3;
  const data = new Float32Array(rows.length * stride);
  const { mean, std } = IMAGENET_STATISTICS;
  rows.forEach((row, at) => {
    const image = source.image(row);
    const whole = { top: 0, left: 0, height: image.height, width: image.width };
    resizedCrop(image, whole, [PHOTOGRAPH, PHOTOGRAPH]).data.forEach((value, i) => {
      data[at * stride + i] = (value - mean[i % 3]) / std[i % 3];
    });
  });
  return { data, shape: [rows.length, PHOTOGRAPH, PHOTOGRAPH, 3] };
}

/** The images of some rows, decoded at once, under their own numbers. */
async function decodedRows(
  set: Exclude<RunImages, { images: unknown }>,
  rows: Int32Array,
): Promise<ImageSource> {
  const decoded = new Map<number, ReturnType<ImageSource['image']>>();
  for (let start = 0; start < rows.length; start += 8) {
    const some = [...rows.subarray(start, start + 8)];
    const images = await Promise.all(some.map((row) => set.image(row)));
    images.forEach((image, at) => decoded.set(some[at], image as ReturnType<ImageSource['image']>));
  }
  return {
    length: set.length,
    image: (index) => {
      const image = decoded.get(index);
      if (image === undefined)
        throw new RangeError(`${set.name}: image ${index} is not among the decoded ones.`);
      return image;
    },
  };
}
