import {
  CIFAR_EVALUATION,
  evaluationBatch,
  type ImageSource,
  type LoadablePlanes,
  type PlaneSource,
} from '@fovea/augment';
import type { Backbone } from '@fovea/backbones';
import { concatenated } from '@fovea/files';
import {
  bilinearUpsample,
  channelSumCam,
  differenceAttention,
  maskOut,
  sgclTargetMap,
} from '@fovea/saliency';
import { compile, tf, type Tensor2D, type Tensor3D, type Tensor4D } from '@fovea/tensorflow';
import { forwardBatch, wholeImages } from './image-batches.ts';
import { inMemory, type RunImages } from './run-data.ts';

const BATCH = 100;

/** Where a network looks: by the sum of its channels, or by what changes when the salient region is covered (VDA, both forms). */
export type NetworkMap = 'channel-sum' | 'vda-gradient' | 'vda-features';

/** Side of the maps of photographs: the last map of a ResNet at 224 pixels is 7 x 7. */
const PHOTOGRAPH_MAP = 28;

/** SGCL's maps of all images of a set, from a network in evaluation mode, as bytes: at image size, or small ones of photographs. */
export async function modelSaliency(backbone: Backbone, images: RunImages): Promise<LoadablePlanes> {
  const [height, width] = inMemory(images) ? [images.height, images.width] : [PHOTOGRAPH_MAP, PHOTOGRAPH_MAP];
  const planes = new Uint8Array(images.length * height * width);
  const count = Math.min(forwardBatch(images), BATCH);
  for (let from = 0; from < images.length; from += count) {
    const { data, shape } = await wholeImages(images, from, Math.min(from + count, images.length));
    const maps = tf.tidy(() => {
      const input = tf.tensor4d(data, [...shape] as Tensor4D['shape']);
      return sgclTargetMap(backbone.featureMap(input, 'eval') as Tensor4D, [height, width]);
    });
    const values = maps.dataSync(); // outside of tidy, which would walk over every value
    maps.dispose();
    const start = from * height * width;
    for (let at = 0; at < values.length; at++) planes[start + at] = Math.round(255 * values[at]);
  }
  return { planes, height, width };
}

/**
 * Maps [N, H, W] in [0, 1] of a network in evaluation mode, at image size.
 *
 * @param masks - salient region of each image, which VDA covers with the mean colour
 */
export function networkMaps(
  backbone: Backbone,
  images: ImageSource,
  masks: PlaneSource,
  kind: NetworkMap,
): Float32Array {
  return networkMapsOf(backbone, images, masks, [kind])[kind];
}

/** Several kinds of maps from the same passes of the network; from the second batch on they are one compiled graph. */
export function networkMapsOf<Kind extends NetworkMap>(
  backbone: Backbone,
  images: ImageSource,
  masks: PlaneSource,
  kinds: readonly Kind[],
): Record<Kind, Float32Array> {
  const eager = (input: Tensor4D, mask: Tensor3D): Tensor3D[] => mapsOf(backbone, input, mask, kinds);
  const compiled = images.length >= 2 * BATCH ? compile(eager, { name: 'network maps' }) : null;
  const step = compiled ?? ((input: Tensor4D, mask: Tensor3D) => tf.tidy(() => eager(input, mask)));
  const all = kinds.map((kind) => [kind, [] as Float32Array[]] as const);
  inBatches(images, (input, from) => {
    const mask = planesTensor(masks, from, input.shape[0]);
    step(input, mask).forEach((map, at) => {
      all[at][1].push(map.dataSync() as Float32Array);
      map.dispose();
    });
    mask.dispose();
  });
  compiled?.dispose();
  return Object.fromEntries(all.map(([kind, parts]) => [kind, concatenated(parts)])) as Record<
    Kind,
    Float32Array
  >;
}

function mapsOf(
  backbone: Backbone,
  input: Tensor4D,
  mask: Tensor3D,
  kinds: readonly NetworkMap[],
): Tensor3D[] {
  const [N, height, width] = input.shape;
  const features = backbone.featureMap(input, 'eval') as Tensor4D;
  const covered = kinds.some((kind) => kind !== 'channel-sum')
    ? (backbone.featureMap(maskOut(input, mask), 'eval') as Tensor4D)
    : features;
  const pooled = (A: Tensor4D): Tensor2D => A.mean([1, 2]);
  return kinds.map((kind) => {
    const map =
      kind === 'channel-sum'
        ? channelSumCam(features)
        : differenceAttention(features, covered, pooled, {
            form: kind === 'vda-gradient' ? 'gradient' : 'features',
          }).map;
    const [, h, w] = map.shape;
    const large = bilinearUpsample(map.reshape<Tensor4D>([N, h, w, 1]), [height, width]);
    return large.reshape<Tensor3D>([N, height, width]);
  });
}

function planesTensor(masks: PlaneSource, from: number, count: number): Tensor3D {
  const planes = Array.from({ length: count }, (_, row) => masks.plane(from + row));
  const [{ height, width }] = planes;
  const data = new Float32Array(count * height * width);
  planes.forEach((plane, row) => {
    const scale = plane.data instanceof Uint8Array ? 1 / 255 : 1;
    plane.data.forEach((value, at) => (data[row * height * width + at] = value * scale));
  });
  return tf.tensor3d(data, [count, height, width]);
}

function inBatches(images: ImageSource, use: (input: Tensor4D, from: number) => void): void {
  for (let from = 0; from < images.length; from += BATCH) {
    const count = Math.min(BATCH, images.length - from);
    const indices = Int32Array.from({ length: count }, (_, row) => from + row);
    const { data, shape } = evaluationBatch(images, indices, CIFAR_EVALUATION);
    const input = tf.tensor4d(data, [...shape]);
    use(input, from);
    input.dispose();
  }
}
