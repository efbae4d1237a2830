import { key } from '@fovea/random';
import {
  compile,
  randomUniform,
  tf,
  type Scalar,
  type Tensor,
  type Tensor2D,
  type Tensor3D,
  type Tensor4D,
} from '@fovea/tensorflow';
import { describe, expect, it } from 'vitest';
import { channelSumCam } from './channel-sum-cam.ts';
import { contrastiveCam } from './contrastive-cam.ts';
import { differenceAttention } from './difference-attention.ts';
import { gradCam } from './grad-cam.ts';
import { gradCamPlusPlus } from './grad-cam-plus-plus.ts';
import { maskOut } from './mask-out.ts';

const images = randomUniform(key(1), [2, 8, 8, 3]) as Tensor4D;
const masks = randomUniform(key(2), [2, 8, 8]).greater(0.7).toFloat() as Tensor3D;
const kernel = tf.variable(randomUniform(key(3), [3, 3, 3, 4], -0.5, 0.5) as Tensor4D);
const featureMap = (x: Tensor4D) => tf.conv2d(x, kernel as Tensor4D, 2, 'same').relu() as Tensor4D;
const embed = (A: Tensor4D) => A.mean([1, 2]) as Tensor2D;
const score = (A: Tensor4D) => embed(A).square().sum() as Scalar;

const maps: Record<string, (x: Tensor4D, m: Tensor3D) => Tensor> = {
  channelSumCam: (x) => channelSumCam(featureMap(x)),
  gradCam: (x) => gradCam(featureMap(x), score).map,
  gradCamPlusPlus: (x) => gradCamPlusPlus(featureMap(x), score).map,
  contrastiveCam: (x) => contrastiveCam(x, { featureMap, embed }, { iterations: 2 }),
  differenceAttention: (x, m) => differenceAttention(featureMap(x), featureMap(maskOut(x, m)), embed).map,
};

describe.each(Object.entries(maps))('%s', (_, map) => {
  it('is the same as a compiled graph', () => {
    const step = compile(map, { name: 'map' });
    for (const x of [images, images.mul(0.5) as Tensor4D]) {
      const difference = step(x, masks).sub(map(x, masks)).abs().max();
      expect(difference.dataSync()[0]).toBeLessThan(1e-5);
    }
    step.dispose();
  });
});

describe('a loss on the difference map', () => {
  it('has the same second-order gradient as a compiled graph, and it lowers the loss', () => {
    const loss = (): Scalar =>
      tf.sub(
        1,
        maps
          .differenceAttention(images, masks)
          .mul(tf.avgPool(masks.reshape<Tensor4D>([2, 8, 8, 1]), 2, 2, 'same').squeeze([3]))
          .mean(),
      );
    const gradient = compile(() => tf.variableGrads(loss, [kernel]).grads[kernel.name], { name: 'gradient' });
    const eager = tf.variableGrads(loss, [kernel]).grads[kernel.name];
    expect(eager.abs().max().dataSync()[0]).toBeGreaterThan(1e-4);
    expect(gradient().sub(eager).abs().max().dataSync()[0]).toBeLessThan(1e-5);
    const before = loss().dataSync()[0];
    kernel.assign(kernel.sub(eager.mul(0.5)));
    expect(loss().dataSync()[0]).toBeLessThan(before);
    gradient.dispose();
  });
});
