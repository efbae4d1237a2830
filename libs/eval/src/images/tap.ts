import type { Backbone } from '@fovea/backbones';
import { digest, digestJson } from '@fovea/files';
import { checkShape, tf, type Tensor, type Tensor2D, type Tensor4D } from '@fovea/tensorflow';

/** What a head sits on: a function of images of a frozen network, in evaluation mode. */
export interface Tap<T extends Tensor = Tensor> {
  /** Part of the metric's name where there are several. */
  readonly name: string;
  /** Names the network with its weights; the key of resumed pieces. */
  digest(): string;
  /** Images [N, H, W, 3] to features [N, D] or a map [N, h, w, D]; made of tf ops alone. */
  features(images: Tensor): T;
}

/** Which features of a backbone are tapped. */
export type TapKind = 'features' | 'map-mean' | 'features+map-mean' | 'features+gem4';

/**
 * Features [N, D] of a backbone: its own (`features`), the mean of its last map (`map-mean`), both side by side (`features+map-mean`, DINO's choice for ViT-B),
 * or its own beside the generalised mean of the map with power 4 (`features+gem4`, DINO's copy detection).
 *
 * @example
 * const tap = featureTap(backbone, 'features');
 */
export function featureTap(backbone: Backbone, kind: TapKind): Tap<Tensor2D> {
  const own = (images: Tensor): Tensor2D => backbone.forward(images, 'eval');
  const map = (images: Tensor): Tensor4D => backbone.featureMap(images, 'eval') as Tensor4D;
  const kinds: Record<TapKind, (images: Tensor) => Tensor2D> = {
    features: own,
    'map-mean': (images) => mean(map(images)),
    'features+map-mean': (images) => tf.concat([own(images), mean(map(images))], 1),
    'features+gem4': (images) => tf.concat([own(images), generalisedMean(map(images), 4)], 1),
  };
  if (!Object.hasOwn(kinds, kind)) {
    throw new Error(`featureTap: kind must be one of ${Object.keys(kinds).join(', ')}, got ${kind}.`);
  }
  return { name: kind, digest: () => weightsDigest(backbone), features: kinds[kind] };
}

/**
 * A feature map [N, h, w, D] of a backbone, for dense heads: its last one, or the one of a named tap.
 *
 * @throws Error for a name that is not one of the backbone's taps
 */
export function mapTap(backbone: Backbone, name?: string): Tap<Tensor4D> {
  if (name !== undefined && !backbone.taps.includes(name)) {
    throw new Error(`mapTap: ${backbone.name} has no tap ${name}; its taps are ${backbone.taps.join(', ')}.`);
  }
  return {
    name: name ?? 'map',
    digest: () => weightsDigest(backbone),
    features: (images) =>
      (name === undefined
        ? backbone.featureMap(images, 'eval')
        : backbone.forwardTaps(images, 'eval', [name])[name]) as Tensor4D,
  };
}

/**
 * A tap of a map [N, h, w, D] as [N, side * side * D], averaged over equal cells: OpenSelfSup's multi-head probes pool the five stages of ResNet-50 to sides 12, 6, 4, 3, 2, about
 * 9,000 numbers each.
 */
export function pooledTap(tap: Tap<Tensor4D>, side: number): Tap<Tensor2D> {
  return {
    name: `${tap.name}-p${side}`,
    digest: tap.digest,
    features: (images) => adaptivePool(tap.features(images), side),
  };
}

/** SHA-256 of a network's name and all its variables. */
export function weightsDigest({ name, parameters }: Backbone): string {
  const all = [...parameters.weights, ...parameters.statistics];
  return digestJson([name, ...all.map(([path, variable]) => [path, digest(variable.dataSync())])]);
}

/** GeM: (mean max(x, 1e-6)^p)^(1/p) over positions. */
function generalisedMean(map_NHWD: Tensor4D, power: number): Tensor2D {
  return tf.pow(tf.mean(tf.pow(tf.maximum(map_NHWD, 1e-6), power), [1, 2]), 1 / power) as Tensor2D;
}

function mean(map_NHWD: Tensor4D): Tensor2D {
  return tf.mean(map_NHWD, [1, 2]);
}

/** PyTorch's adaptive average pooling: cell i covers rows floor(i h / side) … ceil((i + 1) h / side). */
function adaptivePool(map_NHWD: Tensor4D, side: number): Tensor2D {
  const { N, H, W, D } = checkShape(map_NHWD, ['N', 'H', 'W', 'D'], 'pooledTap: map');
  const cells: Tensor2D[] = [];
  for (let row = 0; row < side; row++) {
    for (let column = 0; column < side; column++) {
      const [top, bottom] = span(row, H, side);
      const [left, right] = span(column, W, side);
      cells.push(mean(tf.slice(map_NHWD, [0, top, left, 0], [N, bottom - top, right - left, D])));
    }
  }
  return tf.concat(cells, 1);
}

function span(at: number, size: number, side: number): [number, number] {
  return [Math.floor((at * size) / side), Math.ceil(((at + 1) * size) / side)];
}
