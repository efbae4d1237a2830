import {
  CIFAR_EVALUATION,
  evaluationBatch,
  type ImageSource,
  type LoadablePlanes,
  type PlaneSource,
} from '@fovea/augment';
import type { Backbone } from '@fovea/backbones';
import {
  bilinearUpsample,
  channelSumCam,
  differenceAttention,
  maskOut,
  sgclTargetMap,
} from '@fovea/saliency';
import { tf, type Tensor2D, type Tensor3D, type Tensor4D } from '@fovea/tensorflow';
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
      return sgclTargetMap(backbone.featureMap(input, 'eval') as Tensor4D, [height, width]).dataSync();
    });
    planes.set(
      maps.map((value) => Math.round(255 * value)),
      from * height * width,
    );
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
  const parts: Float32Array[] = [];
  inBatches(images, (input, height, width, from) => {
    const count = input.shape[0];
    parts.push(
      tf.tidy(() => {
        const features = backbone.featureMap(input, 'eval') as Tensor4D;
        const map =
          kind === 'channel-sum'
            ? channelSumCam(features)
            : difference(backbone, input, features, planesTensor(masks, from, count), kind);
        const [N, h, w] = map.shape;
        return bilinearUpsample(map.reshape<Tensor4D>([N, h, w, 1]), [
          height,
          width,
        ]).dataSync() as Float32Array;
      }),
    );
  });
  const all = new Float32Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

function difference(
  backbone: Backbone,
  input: Tensor4D,
  features: Tensor4D,
  masks: Tensor3D,
  kind: 'vda-gradient' | 'vda-features',
): Tensor3D {
  const masked = backbone.featureMap(maskOut(input, masks), 'eval') as Tensor4D;
  const form = kind === 'vda-gradient' ? 'gradient' : 'features';
  return differenceAttention(features, masked, (A) => A.mean([1, 2]) as Tensor2D, { form }).map;
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

function inBatches(
  images: ImageSource,
  use: (input: Tensor4D, height: number, width: number, from: number) => void,
): void {
  for (let from = 0; from < images.length; from += BATCH) {
    const count = Math.min(BATCH, images.length - from);
    const indices = Int32Array.from({ length: count }, (_, row) => from + row);
    const { data, shape } = evaluationBatch(images, indices, CIFAR_EVALUATION);
    const input = tf.tensor4d(data, [...shape]);
    use(input, shape[1], shape[2], from);
    input.dispose();
  }
}
