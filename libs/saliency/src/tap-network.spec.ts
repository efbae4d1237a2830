import { resNet, vit, type Backbone } from '@fovea/backbones';
import { key } from '@fovea/random';
import {
  compile,
  randomUniform,
  tf,
  type Scalar,
  type Tensor2D,
  type Tensor3D,
  type Tensor4D,
} from '@fovea/tensorflow';
import { describe, expect, it } from 'vitest';
import { channelSumCam } from './channel-sum-cam.ts';
import { contrastiveCam } from './contrastive-cam.ts';
import { differenceAttention, differenceAttentionAtTap } from './difference-attention.ts';
import { gradCam } from './grad-cam.ts';
import { gradCamAtTap } from './grad-cam-at-tap.ts';
import { maskOut } from './mask-out.ts';
import { gradientAtTap, tapNetwork, type TapNetwork } from './tap-network.ts';

const images = randomUniform(key(1), [3, 16, 16, 3]) as Tensor4D;
const masks = randomUniform(key(2), [3, 16, 16]).greater(0.7).toFloat() as Tensor3D;
// Not the squared norm, which is the same for every output of a layer norm.
const score = (z: Tensor2D) => z.mul(randomUniform(key(9), [1, z.shape[1]], -1, 1)).sum() as Scalar;
const resnet = resNet({ depth: 18, width: 8, stem: 'cifar' }, key(3));
const transformer = vit({ size: 'tiny', patch: 4, depth: 2 }, key(4));
const cases: [string, Backbone, string][] = [
  ['layer1.0 of a resnet', resnet, 'layer1.0'],
  ['stage3 of a resnet', resnet, 'stage3'],
  ['stage4 of a resnet', resnet, 'stage4'],
  ['embedding of a vit', transformer, 'embedding'],
  ['block0 of a vit', transformer, 'block0'],
];
const maps: Record<string, (network: TapNetwork, x: Tensor4D, m: Tensor3D) => Tensor3D> = {
  channelSumCam: (network, x) => channelSumCam(network.grid(network.run(x).tap, x)),
  gradCam: (network, x) => gradCamAtTap(network, x, score).map,
  gradCamPlusPlus: (network, x) => gradCamAtTap(network, x, score, { plusPlus: true }).map,
  contrastiveCam: (network, x) => contrastiveCam(x, network, { iterations: 2 }),
  differenceAttention: (network, x, m) => differenceAttentionAtTap(network, x, maskOut(x, m)).map,
  differenceFeatures: (network, x, m) =>
    differenceAttentionAtTap(network, x, maskOut(x, m), { form: 'features' }).map,
};
const largest = (x: { abs(): { max(): { dataSync(): ArrayLike<number> } } }) => x.abs().max().dataSync()[0];

describe.each(cases)('at tap %s', (_, backbone, tap) => {
  const network = tapNetwork(backbone, tap);
  it.each(Object.entries(maps))(
    '%s has values in [0, 1], and is the same as a compiled graph',
    (name, map) => {
      const eager = map(network, images, masks);
      expect(eager.shape[0]).toBe(3);
      expect(eager.dataSync().every((value) => value >= 0 && value <= 1)).toBe(true);
      expect(largest(eager)).toBeGreaterThan(0.5);
      const step = compile((x: Tensor4D, m: Tensor3D) => map(network, x, m), { name });
      expect(largest(step(images, masks).sub(eager))).toBeLessThan(1e-4);
      step.dispose();
    },
  );
});

describe('gradCamAtTap', () => {
  it('equals gradCam with the rest of the network written out', () => {
    const features = resnet.featureMap(images, 'eval') as Tensor4D;
    const written = gradCam(features, (A) => score(A.mean([1, 2])));
    const tapped = gradCamAtTap(tapNetwork(resnet, 'stage4'), images, score);
    expect(largest(written.map.sub(tapped.map))).toBeLessThan(1e-5);
    expect(largest(written.weights.sub(tapped.weights))).toBeLessThan(1e-6);
  });
  it('leaks no tensor', () => {
    const network = tapNetwork(resnet, 'stage2');
    tf.dispose({ ...gradCamAtTap(network, images, score) });
    const before = tf.memory().numTensors;
    tf.dispose({ ...gradCamAtTap(network, images, score) });
    expect(tf.memory().numTensors).toBe(before);
  });
  it('says which taps there are, and refuses one that the score does not depend on', () => {
    expect(() => tapNetwork(resnet, 'layer9')).toThrow('has no tap layer9; there are stem, layer1.0');
    expect(() => gradientAtTap(() => ({ tap: tf.ones([2]), score: tf.scalar(1) }))).toThrow(
      'take an earlier one',
    );
  });
});

describe('differenceAttentionAtTap', () => {
  it('equals differenceAttention with the rest of the network written out', () => {
    const masked = maskOut(images, masks);
    const embed = (A: Tensor4D) => A.mean([1, 2]) as Tensor2D;
    const [features, other] = [images, masked].map((x) => resnet.featureMap(x, 'eval') as Tensor4D);
    const written = differenceAttention(features, other, embed);
    const tapped = differenceAttentionAtTap(tapNetwork(resnet, 'stage4'), images, masked);
    expect(largest(written.map.sub(tapped.map))).toBeLessThan(1e-5);
    expect(largest(written.difference.sub(tapped.difference))).toBeLessThan(1e-4);
  });
  it.each([
    ['resnet', resnet, 'stage3'],
    ['vit', transformer, 'block0'],
  ] as const)(
    'of a %s has the second-order gradient that DiDA trains by, compiled too',
    (_, backbone, tap) => {
      const network = tapNetwork(backbone, tap);
      const variables = [...backbone.parameters.weights.values()].filter(({ rank }) => rank > 1).slice(0, 2);
      const loss = (): Scalar => {
        const { map } = differenceAttentionAtTap(network, images, maskOut(images, masks));
        return tf.sub(1, map.mean()) as Scalar;
      };
      const eager = tf.variableGrads(loss, variables).grads;
      const step = compile(() => Object.values(tf.variableGrads(loss, variables).grads), {
        name: 'second order',
      });
      step().forEach((gradient, index) => {
        const own = Object.values(eager)[index];
        expect(largest(own)).toBeGreaterThan(1e-7);
        expect(largest(gradient.sub(own))).toBeLessThan(1e-4 + 1e-3 * largest(own));
      });
      step.dispose();
    },
  );
});
