import {
  attentionKeepMass,
  attentionRollout,
  bilinearUpsample,
  binarise,
  channelSumCam,
  classAttention,
  contrastiveCam,
  differenceAttentionAtTap,
  estimateSaliency,
  gradCamAtTap,
  lost,
  maskOut,
  sgclTargetMap,
  tapNetwork,
  tokenCut,
  type DiscoveredObject,
} from '@fovea/saliency';
import { tf, type Scalar, type Tensor, type Tensor2D, type Tensor3D, type Tensor4D } from '@fovea/tensorflow';
import type { Model } from './saliency-models-networks.ts';

/** A map of a model. */
export interface ModelMap {
  readonly name: string;
  /** Maps of a batch, at any size; values of any range. // [N, H, W, 3] -> [N, h, w] */
  map(model: Model, images: Tensor4D, bytes: readonly Uint8Array[]): Tensor3D;
}

/** A score that needs no label: half the squared distance of the embedding from the batch's mean. */
function energy(z: Tensor2D): Scalar {
  return z.sub(z.mean(0, true)).square().sum().mul(0.5) as Scalar;
}

/** Tap that maps are taken at: one stage ahead of the last, whose grid is twice as fine; a transformer's last but one block. */
function tapOf(model: Model): string {
  return model.kind === 'resnet' ? 'stage3' : `block${model.backbone.depth - 2}`;
}

const COMMON: ModelMap[] = [
  {
    name: 'channel-sum CAM',
    map: (model, images) => {
      const network = tapNetwork(model.backbone, tapOf(model));
      return channelSumCam(network.grid(network.run(images).tap, images));
    },
  },
  {
    name: 'Grad-CAM',
    map: (model, images) => gradCamAtTap(tapNetwork(model.backbone, tapOf(model)), images, energy).map,
  },
  {
    name: 'Grad-CAM++',
    map: (model, images) =>
      gradCamAtTap(tapNetwork(model.backbone, tapOf(model)), images, energy, { plusPlus: true }).map,
  },
  ...[1, 3].map((iterations) => ({
    name: `contrastive CAM x ${iterations}`,
    map: (model: Model, images: Tensor4D) =>
      contrastiveCam(images, tapNetwork(model.backbone, tapOf(model)), { iterations }),
  })),
  ...(['gradient', 'features'] as const).map((form) => ({
    name: `VDA, ${form} [RECON]`,
    map: (model: Model, images: Tensor4D, bytes: readonly Uint8Array[]) =>
      differenceAttentionAtTap(
        tapNetwork(model.backbone, tapOf(model)),
        images,
        maskOut(images, rbdMasks(images, bytes)),
        { form },
      ).map,
  })),
  {
    name: 'SGCL target map [RECON]',
    map: (model, images) =>
      sgclTargetMap(model.backbone.featureMap(images, 'eval') as Tensor4D, [
        images.shape[1],
        images.shape[2],
      ]),
  },
  { name: 'LOST', map: (model, images) => discovered(model, images, lost) },
  { name: 'TokenCut', map: (model, images) => discovered(model, images, tokenCut) },
];

const ATTENTION: ModelMap[] = [
  { name: 'class attention, mean of heads', map: (model, images) => attention(model, images).mean(1) },
  ...[0, 1, 2].map((head) => ({
    name: `class attention, head ${head + 1}`,
    map: (model: Model, images: Tensor4D) =>
      tf.gather(attention(model, images), [head], 1).squeeze<Tensor3D>([1]),
  })),
  {
    name: 'class attention, 60% mass',
    map: (model, images) => {
      const mean = attention(model, images).mean(1) as Tensor3D;
      const [N, h, w] = mean.shape;
      return tf.tensor3d(Float32Array.from(attentionKeepMass(mean.dataSync<'float32'>(), N, 0.6)), [N, h, w]);
    },
  },
  {
    name: 'attention rollout',
    map: (model, images) => {
      const { backbone } = vitOf(model);
      const names = Array.from({ length: backbone.depth }, (_, block) => `attention${block}`);
      const layers = backbone.forwardTaps(images, 'eval', names);
      return attentionRollout(
        names.map((name) => layers[name] as Tensor4D),
        gridOf(model, images),
      );
    },
  },
];

/** Every map that a kind of network has. */
export function mapsOf(kind: Model['kind']): readonly ModelMap[] {
  return kind === 'resnet' ? COMMON : [...COMMON, ...ATTENTION];
}

/** Maps at image size, each scaled to [0, 1]. // [N, H, W] */
export function atImageSize(map: Tensor3D, [height, width]: readonly [number, number]): Tensor3D {
  return tf.tidy(() => {
    const large = bilinearUpsample(map.expandDims(3) as Tensor4D, [height, width]).squeeze([3]) as Tensor3D;
    const low = large.min([1, 2], true);
    const span = large.max([1, 2], true).sub(low);
    return large.sub(low).div(span.add(span.equal(0).toFloat())) as Tensor3D;
  });
}

function attention(model: Model, images: Tensor4D): Tensor4D {
  const { backbone } = vitOf(model);
  return classAttention(backbone.attention(images), gridOf(model, images));
}

function gridOf(model: Model, images: Tensor4D): [number, number] {
  const [, height, width] = (model.backbone.featureMap(images, 'eval') as Tensor4D).shape;
  return [height, width];
}

function vitOf(model: Model): Extract<Model, { kind: 'vit' }> {
  if (model.kind !== 'vit') throw new Error('Attention is a transformer’s.');
  return model;
}

/** Unsupervised masks of the images, so that no map sees the true ones. */
function rbdMasks(images: Tensor4D, bytes: readonly Uint8Array[]): Tensor3D {
  const [N, height, width] = images.shape;
  const masks = bytes.flatMap((data) => [
    ...binarise(estimateSaliency({ data, width, height, channels: 3 }, 'rbd'), { kind: 'otsu' }).data,
  ]);
  return tf.tensor3d(masks, [N, height, width], 'float32');
}

function discovered(
  model: Model,
  images: Tensor4D,
  find: (features: Float32Array, grid: readonly [number, number]) => DiscoveredObject,
): Tensor3D {
  const network = tapNetwork(model.backbone, tapOf(model));
  const features: Tensor = network.grid(network.run(images).tap, images);
  const [N, h, w, C] = (features as Tensor4D).shape;
  const centred = features.sub(features.mean([1, 2], true)); // ReLU features all correlate otherwise
  const data = centred.dataSync<'float32'>();
  const masks = Array.from(
    { length: N },
    (_, n) => find(data.slice(n * h * w * C, (n + 1) * h * w * C), [h, w]).mask.data,
  );
  return tf.tensor3d(
    masks.flatMap((mask) => [...mask]),
    [N, h, w],
    'float32',
  );
}
