import { evaluationBatch, type ImageSource, type LoadablePlanes, type PlaneSource } from '@fovea/augment';
import type { ImageSet } from '@fovea/data';
import type { Backbone } from '@fovea/backbones';
import {
  bilinearUpsample,
  channelSumCam,
  differenceAttention,
  maskOut,
  sgclTargetMap,
} from '@fovea/saliency';
import { tf, type Tensor2D, type Tensor3D, type Tensor4D } from '@fovea/tensorflow';
import { EVALUATION_RECIPE } from './evaluation-recipe.ts';

const BATCH = 100;

/** Where a network looks: by the sum of its channels, or by what changes when the salient region is covered (VDA, both forms). */
export type NetworkMap = 'channel-sum' | 'vda-gradient' | 'vda-features';

/** SGCL's maps of all images of a set, from a network in evaluation mode. */
export function modelSaliency(backbone: Backbone, images: ImageSet): LoadablePlanes {
  const { length, height, width } = images;
  const planes = new Float32Array(length * height * width);
  inBatches(images, (input, _height, _width, from) => {
    const maps = tf.tidy(() =>
      sgclTargetMap(backbone.featureMap(input, 'eval') as Tensor4D, [height, width]).dataSync(),
    );
    planes.set(maps, from * height * width);
  });
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
    const { data, shape } = evaluationBatch(images, indices, EVALUATION_RECIPE);
    const input = tf.tensor4d(data, [...shape]);
    use(input, shape[1], shape[2], from);
    input.dispose();
  }
}
