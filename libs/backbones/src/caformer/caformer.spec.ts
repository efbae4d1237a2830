import { key } from '@fovea/random';
import { compile, randomNormal, tf, type Scalar, type Tensor, type Tensor4D } from '@fovea/tensorflow';
import { afterAll, describe, expect, it } from 'vitest';
import { Parameters } from '../layers/parameters.ts';
import { caformerBlock } from './caformer-block.ts';
import { caformer, type CaformerOptions } from './caformer.ts';

const small: CaformerOptions = {
  size: 's18',
  depths: [1, 2, 1, 1],
  dims: [4, 8, 32, 64],
  stem: 'cifar',
  layerScale: 0.5,
};
const network = caformer(small, key(0));
const images = randomNormal(key(1), [2, 16, 16, 3]);
afterAll(() => {
  network.parameters.dispose();
});

/** Trained scalars by the definition: stem, three halvings, blocks, last norm. */
function scalars(depths: readonly number[], dims: readonly number[]): number {
  const stem = 3 * 49 * dims[0] + 2 * dims[0];
  const halvings = [1, 2, 3].reduce(
    (sum, at) => sum + dims[at - 1] + 9 * dims[at - 1] * dims[at] + dims[at],
    0,
  );
  const blocks = dims.reduce((sum, d, stage) => {
    const mlp = 8 * d * d + 2;
    const convolution = 4 * d * d + 49 * 2 * d + 2;
    const mixer = stage < 2 ? convolution : 4 * d * d + 2 * d; // of attention with the two factors of the shortcuts
    return sum + depths[stage] * (2 * d + mlp + mixer);
  }, 0);
  return stem + halvings + blocks + 2 * dims[3];
}

describe('caformer', () => {
  it.each([
    ['s18', 23_237_936, [3, 3, 9, 3], [64, 128, 320, 512]],
    ['s36', 36_193_382, [3, 12, 18, 3], [64, 128, 320, 512]],
  ] as const)(
    "of size %s has the trained scalars of timm's without its classifier",
    (size, count, depths, dims) => {
      const { parameters, features } = caformer({ size }, key(0));
      expect(parameters.count).toBe(count);
      expect(scalars(depths, dims)).toBe(count);
      expect(features).toBe(512);
      parameters.dispose();
    },
    60_000, // draws up to 36 million numbers
  );

  it('has the closed form for the larger two, and the 26.34 million of the paper with the classifier', () => {
    expect(scalars([3, 12, 18, 3], [96, 192, 384, 576])).toBe(52_565_862);
    expect(scalars([3, 12, 18, 3], [128, 256, 512, 768])).toBe(93_312_102);
    const classifier = 512 * 2048 + 2048 + 2 * 2048 + 2048 * 1000 + 1000;
    expect(scalars([3, 3, 9, 3], [64, 128, 320, 512]) + classifier).toBe(26_341_656);
  });

  it('names its variables as timm does, and leaves out what an option leaves out', () => {
    const names = [...network.parameters.weights.keys()];
    for (const name of [
      'stem.conv.bias',
      'stages.0.blocks.0.token_mixer.act1.scale',
      'stages.1.downsample.norm.weight',
      'stages.1.blocks.1.token_mixer.dwconv.weight',
      'stages.2.blocks.0.token_mixer.qkv.weight',
      'stages.3.blocks.0.res_scale2.scale',
      'stages.0.blocks.0.layer_scale1.scale',
      'head.norm.bias',
    ]) {
      expect(names).toContain(name);
    }
    expect(names.some((name) => name.startsWith('stages.0.downsample'))).toBe(false);
    const bam = caformer({ ...small, activation: 'gelu', residualScale: false, layerScale: null }, key(0));
    expect([...bam.parameters.weights.keys()].filter((name) => name.endsWith('.scale'))).toEqual([]);
    expect(bam.name).toBe('caformer-s18-cifar-depths1.2.1.1-dims4.8.32.64-gelu-no-residual-scale');
    bam.parameters.dispose();
  });

  it('gives maps and taps of one pass, and ends the pass behind the last of them', () => {
    const taps = network.forwardTaps(images, 'eval', [
      'stem',
      'stage1',
      'stages.1.blocks.0',
      'stage2',
      'pooled',
    ]);
    expect(Object.values(taps).map(({ shape }) => shape)).toEqual([
      [2, 16, 16, 4],
      [2, 16, 16, 4],
      [2, 8, 8, 8],
      [2, 8, 8, 8],
      [2, 64],
    ]);
    expect([...taps.pooled.dataSync()]).toEqual([...network.forward(images, 'eval').dataSync()]);
    expect(network.featureMap(images, 'train').shape).toEqual([2, 2, 2, 64]);
    expect(network.taps.at(-2)).toBe('stage4');
    const ops = tf.profile(() => network.forwardTaps(images, 'eval', ['stem']));
    return ops.then(({ kernelNames }) => expect(kernelNames).not.toContain('Softmax'));
  });

  it('takes images of any size and shape, small ones too', () => {
    for (const [height, width] of [
      [1, 1],
      [7, 30],
      [33, 17],
    ]) {
      // prettier-ignore
      const features = network.forward(tf.ones([1, height, width, 3]), 'eval');
      expect(features.shape).toEqual([1, 64]);
      expect(features.dataSync().every(Number.isFinite)).toBe(true);
    }
  });

  it('looks at every place through attention: a far pixel changes the whole last map', () => {
    const moved = tf.tensor(images.dataSync(), images.shape).bufferSync();
    moved.set(moved.get(0, 0, 0, 0) + 3, 0, 0, 0, 0);
    const [before, after] = [images, moved.toTensor() as Tensor].map((x) => network.featureMap(x, 'eval'));
    const difference = tf.abs(tf.sub(before, after)).max(3).arraySync() as number[][][];
    expect(Math.min(...difference[0].flat())).toBeGreaterThan(0);
    expect(Math.max(...difference[1].flat())).toBe(0);
  });

  it('is the same compiled and op by op, with a gradient for every weight', () => {
    const weights = [...network.parameters.weights.values()];
    const loss = (x: Tensor): Scalar => tf.sum(tf.square(network.forward(x, 'train'))).mul(0.01);
    const step = compile((x: Tensor) => loss(x), { name: 'caformer' });
    expect(step(images).dataSync()[0]).toBeCloseTo(loss(images).dataSync()[0], 4);
    const { grads } = tf.variableGrads(
      () => tf.sum(tf.mul(network.forward(images, 'train'), tf.range(0, 64))) as Scalar,
      weights,
    );
    for (const [name, weight] of network.parameters.weights) {
      expect(tf.max(tf.abs(grads[weight.name])).dataSync()[0], name).toBeGreaterThan(0);
    }
    step.dispose();
  });

  it('refuses what it does not know', () => {
    expect(() => caformer({ ...small, size: 's17' as never }, key(0))).toThrow(
      'size must be one of s18, s36',
    );
    expect(() => caformer({ ...small, dims: [4, 8, 0, 32] }, key(0))).toThrow(
      'dims must be four positive integers',
    );
    expect(() => caformer({ ...small, dims: [4, 8, 16, 32] }, key(0))).toThrow(
      'multiple of 32 for attention, got 16',
    );
    expect(() => caformer({ ...small, drop: 1 } as never, key(0))).toThrow("unknown option 'drop'");
    expect(() => network.forwardTaps(images, 'eval', ['stage5'])).toThrow("there is no tap 'stage5'");
  });
});

describe('caformerBlock', () => {
  it('is the identity where both branches have factors of 0', () => {
    const parameters = new Parameters(key(0));
    for (const mixer of ['convolution', 'attention'] as const) {
      const block = caformerBlock(parameters.within(mixer), {
        dim: 32,
        mixer,
        activation: 'star-relu',
        residualScale: true,
        layerScale: 0,
      });
      const x = randomNormal(key(3), [1, 3, 4, 32]) as Tensor4D;
      expect([...block(x).dataSync()]).toEqual([...x.dataSync()]);
    }
    parameters.dispose();
  });
});
